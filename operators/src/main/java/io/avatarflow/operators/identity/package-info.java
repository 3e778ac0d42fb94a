/**
 * Identity images: from bytes that a stranger sent to the framed picture that a pack drives,
 * bounded before anything is allocated.
 */
package io.avatarflow.operators.identity;
