package io.avatarflow.operators.stage;

/** Where the steps of a stage run. */
public enum Placement {
  /** On the task's own thread, in the mailbox: cheap work that touches no native code. */
  TASK,
  /** On the pool of CPU threads that all subtasks of a process share: encoding, image work. */
  CPU_POOL,
  /** On the device executor, in batches with the turns of other sessions. */
  ACCELERATOR
}
