package io.avatarflow.jobs.chaos;

import io.avatarflow.jobs.chaos.LocalCell.Layout;
import io.avatarflow.schemas.SessionKey;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One kind of harm: what the cell looks like, and what is done to it while sessions talk. Its id is
 * its name in lower case.
 */
public enum ChaosCase {
  /** A task manager that runs sessions is killed. */
  KILL("SIGKILL of a task manager") {
    @Override
    void strike(Scene scene) throws IOException {
      scene.cell().kill(scene.victim());
      scene.cell().awaitRunning();
    }
  },
  /** A task manager freezes, is given up, and wakes when its sessions live elsewhere. */
  STOP("SIGSTOP of a task manager past the heartbeat, SIGCONT afterwards") {
    @Override
    void strike(Scene scene) throws IOException, InterruptedException {
      scene.cell().pause(scene.victim());
      scene.awaitProgress();
      scene.cell().resume(scene.victim());
      scene.cell().awaitRunning();
    }
  },
  /** The job manager is killed, started again, and the job goes on from its last checkpoint. */
  JOBMANAGER("SIGKILL of the job manager, job submitted again from its last checkpoint") {
    @Override
    void strike(Scene scene) throws IOException {
      scene.cell().kill("jobmanager");
      scene.cell().startAgain("jobmanager");
      scene.cell().awaitSlots(2 * scene.layout().taskManagers());
      scene.cell().submit(scene.cell().latestCheckpoint());
    }
  },
  /** The only broker is killed and comes back. */
  BROKER("SIGKILL of the broker, started again after two seconds") {
    @Override
    void strike(Scene scene) throws IOException, InterruptedException {
      scene.cell().kill("broker");
      TimeUnit.SECONDS.sleep(2);
      scene.cell().startAgain("broker");
      scene.awaitProgress();
      scene.cell().awaitRunning();
    }
  },
  /** Checkpoints cannot be written for a while, then a task manager is killed. */
  DISK("disk full for five seconds for all of Flink, then SIGKILL of a task manager") {
    @Override
    void strike(Scene scene) throws IOException, InterruptedException {
      long failedBefore = scene.cell().failedCheckpoints();
      scene.cell().fillDisk();
      TimeUnit.SECONDS.sleep(5);
      long failed = scene.cell().failedCheckpoints() - failedBefore;
      scene.cell().emptyDisk();
      if (failed == 0) {
        throw new IOException("No checkpoint failed in five seconds on a full disk.");
      }
      scene.cell().kill(scene.victim());
      scene.cell().awaitRunning();
    }
  },
  /** The connections between job and broker break, and cannot be made again for a while. */
  CUT("all connections between job and broker cut for three seconds") {
    @Override
    boolean needsRelay() {
      return true;
    }

    @Override
    void strike(Scene scene) throws IOException, InterruptedException {
      Relay relay = scene.relay().orElseThrow();
      relay.cut();
      TimeUnit.SECONDS.sleep(3);
      relay.mend();
      scene.awaitProgress();
      scene.cell().awaitRunning();
    }
  },
  /** The parallelism changes while sessions talk, among processes that have run the job before. */
  RESCALE("parallelism 1, 3, 2, 1 in place, among processes that ran the job before") {
    @Override
    Layout layout(List<String> jobOptions) {
      return new Layout(
          3,
          3,
          List.of(
              QUIET,
              "jobmanager.scheduler=adaptive",
              "jobmanager.adaptive-scheduler.executing.cooldown-after-rescaling=1 s",
              "jobmanager.adaptive-scheduler.executing.resource-stabilization-timeout=200 ms",
              "jobmanager.adaptive-scheduler.submission.resource-wait-timeout=30 s",
              "jobmanager.adaptive-scheduler.submission.resource-stabilization-timeout=200 ms"),
          jobOptions);
    }

    /** A process that never ran the job would be measured by how fast it loads and compiles it. */
    @Override
    void settle(Scene scene) throws IOException, InterruptedException {
      scene.cell().rescale(1);
      scene.awaitProgress();
    }

    @Override
    void strike(Scene scene) throws IOException, InterruptedException {
      for (int parallelism : List.of(3, 2, 1)) {
        scene.cell().rescale(parallelism);
        scene.awaitProgress();
      }
    }
  },
  /** The job is stopped with a savepoint and started again from it. */
  SAVEPOINT("stop with a savepoint, start from it") {
    @Override
    void strike(Scene scene) throws IOException {
      scene.cell().submit(scene.cell().stopWithSavepoint());
    }
  },
  /** The same, but the savepoint is of another build, whose processes end. */
  UPGRADE("stop with a savepoint of another build, start from it with this one") {
    @Override
    public boolean needsPrevious() {
      return true;
    }

    @Override
    void strike(Scene scene) throws IOException {
      Path savepoint = scene.cell().stopWithSavepoint();
      LocalCell renewed = scene.cell().renew(scene.script());
      renewed.awaitSlots(2 * scene.layout().taskManagers());
      renewed.submit(savepoint);
    }
  },
  /** A session that does everything wrong talks among healthy ones. */
  POISON("a poisoned session among healthy ones") {
    @Override
    void strike(Scene scene) throws InterruptedException, IOException {
      PoisonSession.send(scene.writer(), new SessionKey("poison", "s0"));
      scene.awaitProgress();
    }
  };

  /**
   * Whoever asks whether the job runs again would have the job manager ask the task managers for
   * all of their metrics.
   */
  private static final String QUIET = "metrics.fetcher.update-interval=0";

  /** What makes three small task managers notice a loss as fast as a machine of their own would. */
  private static final List<String> WATCHFUL =
      List.of(
          "heartbeat.interval=500 ms",
          "heartbeat.timeout=5 s",
          "heartbeat.rpc-failure-threshold=1",
          QUIET);

  private final String what;

  ChaosCase(String what) {
    this.what = what;
  }

  /** What is done, in a few words. */
  public String what() {
    return what;
  }

  /** The first part of the ids of its measures. */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** The cell that it needs. */
  Layout layout(List<String> jobOptions) {
    return new Layout(3, 3, WATCHFUL, jobOptions);
  }

  /** Whether the job reaches the broker through a {@link Relay}. */
  boolean needsRelay() {
    return false;
  }

  /** Whether it begins with the cell of another build. */
  public boolean needsPrevious() {
    return false;
  }

  /**
   * Brings the warm cell into the state that the harm finds; what viewers notice does not count.
   */
  void settle(Scene scene) throws IOException, InterruptedException {}

  /** Does the harm and returns when the cell is whole again. */
  abstract void strike(Scene scene) throws IOException, InterruptedException;
}
