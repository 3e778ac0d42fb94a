/**
 * Proves that a pack does here what it did where it was made: runs its stages in a plain loop over
 * the audio that it carries, compares with its proof vectors, and finds graphs that do nothing.
 */
package io.avatarflow.operators.proof;
