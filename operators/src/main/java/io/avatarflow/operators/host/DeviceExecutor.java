package io.avatarflow.operators.host;

/**
 * One operator's access to something that steps turns: an accelerator, a pool of threads, a remote
 * engine, a model of a device.
 *
 * <p>An executor steps every task until {@link DeviceTask#wantsAnotherStep()} is false, then calls
 * {@link DeviceTask#finish()} exactly once; tasks that wait when the executor is closed are never
 * finished. Order between tasks is the executor's: an operator has at most one task of a session
 * and stage at a time.
 */
public interface DeviceExecutor extends AutoCloseable {
  /** Takes a task. Called on the task's mailbox thread; never blocks. */
  void submit(DeviceTask task);

  /**
   * Steps a task on the calling thread as long as the device finds that sooner than to take it.
   * Called on the task's mailbox thread.
   *
   * @return true when the turn is done or failed, and will not be finished by the device; false
   *     when the task is to be submitted for the steps that it still wants
   */
  default boolean runHere(DeviceTask task) {
    return false;
  }

  /**
   * Drops this operator's waiting tasks, waits until none of its tasks is inside a step, and lets
   * go of the device. After it returns nothing that the operator's stages or sessions hold is in
   * use.
   */
  @Override
  void close();
}
