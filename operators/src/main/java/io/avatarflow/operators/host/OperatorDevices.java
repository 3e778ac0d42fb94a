package io.avatarflow.operators.host;

import io.avatarflow.operators.stage.Placement;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.RejectedExecutionException;
import org.apache.flink.api.common.operators.MailboxExecutor;
import org.apache.flink.util.ExceptionUtils;
import org.apache.flink.util.FlinkException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The devices that one operator uses, acquired when the first turn needs them. */
final class OperatorDevices implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(OperatorDevices.class);

  private final DeviceSource source;
  private final Worker worker;
  private final MailboxExecutor mailbox;
  private final Map<Placement, DeviceExecutor> executors = new EnumMap<>(Placement.class);

  OperatorDevices(DeviceSource source, Worker worker, MailboxExecutor mailbox) {
    this.source = source;
    this.worker = worker;
    this.mailbox = mailbox;
  }

  void submit(Placement placement, DeviceTask task) {
    executor(placement).submit(task);
  }

  /** See {@link DeviceExecutor#runHere}. */
  boolean runHere(Placement placement, DeviceTask task) {
    return executor(placement).runHere(task);
  }

  private DeviceExecutor executor(Placement placement) {
    return executors.computeIfAbsent(
        placement, p -> source.acquire(p, worker, cause -> crashed(p, cause)));
  }

  /** Fails the job from the mailbox: an exception on the device's own thread would reach nobody. */
  private void crashed(Placement placement, Throwable cause) {
    try {
      mailbox.execute(
          () -> {
            throw new FlinkException("The device of placement " + placement + " crashed.", cause);
          },
          "fail the job for its device");
    } catch (RejectedExecutionException e) {
      LOG.debug("The operator was closed before its device crashed.", e);
    }
  }

  @Override
  public void close() {
    RuntimeException failure = null;
    for (DeviceExecutor executor : executors.values()) {
      try {
        executor.close();
      } catch (RuntimeException e) {
        failure = ExceptionUtils.firstOrSuppressed(e, failure);
      }
    }
    executors.clear();
    if (failure != null) {
      throw failure;
    }
  }
}
