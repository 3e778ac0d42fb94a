package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.SessionRecord;

/**
 * A record that waits at a stage, or whose turn there was not committed, when a checkpoint is
 * taken.
 *
 * @param stage index of the stage in the operator's group
 * @param record the record as it came to the stage
 */
record PendingRecord(int stage, SessionRecord record) {}
