/**
 * The topology without an exchange: a partition of the input topic holds whole key groups, and the
 * subtask that owns them reads it. What depends on the connector's internals is in this package
 * alone.
 */
package io.avatarflow.jobs.lanes;
