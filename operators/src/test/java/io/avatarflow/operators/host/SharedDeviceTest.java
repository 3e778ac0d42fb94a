package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.avatarflow.operators.host.FakeStages.Sum;
import io.avatarflow.operators.stage.MediaBlock;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.SessionInfo;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.operators.stage.Stage;
import io.avatarflow.operators.stage.StateCodec;
import io.avatarflow.operators.stage.Turn;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class SharedDeviceTest {
  private static final DeviceSpec SPEC = DeviceSpec.accelerator("test", 1);

  private final BlockingQueue<DeviceTask> finished = new LinkedBlockingQueue<>();
  private final List<DeviceExecutor> opened = new ArrayList<>();

  @AfterEach
  void noThreadIsLeft() {
    opened.forEach(DeviceExecutor::close);
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("avatar-device-test"));
  }

  private DeviceExecutor acquire(DeviceSpec spec, Consumer<Throwable> onCrash) {
    DeviceExecutor executor = DeviceExecutors.acquire(spec, onCrash);
    opened.add(executor);
    return executor;
  }

  private DeviceExecutor acquire() {
    return acquire(
        SPEC,
        cause -> {
          throw new AssertionError("The device crashed.", cause);
        });
  }

  /** A stage whose first batch waits for the gate, and which remembers its batches. */
  private static final class Gated implements Stage<Sum> {
    private final CountDownLatch gate = new CountDownLatch(1);
    private final CountDownLatch entered = new CountDownLatch(1);
    private final List<List<String>> batches = Collections.synchronizedList(new ArrayList<>());
    private final int steps;

    private Gated(int steps) {
      this.steps = steps;
    }

    @Override
    public String name() {
      return "gated";
    }

    @Override
    public Placement placement() {
      return Placement.ACCELERATOR;
    }

    @Override
    public StateCodec<Sum> stateCodec() {
      return new FakeStages.SumCodec();
    }

    @Override
    public Sum initialState(SessionInfo session) {
      return new Sum(0, 0);
    }

    @Override
    public boolean accepts(SessionRecord record) {
      return true;
    }

    @Override
    public Object batchKey(Turn<Sum> turn) {
      if (turn.session().sessionKey().equals("t/keyless")) {
        throw new IllegalStateException("No key.");
      }
      return "key";
    }

    @Override
    public int maxRows() {
      return 3;
    }

    @Override
    public void step(List<Turn<Sum>> batch) {
      batches.add(batch.stream().map(turn -> turn.session().sessionKey()).toList());
      entered.countDown();
      try {
        gate.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      for (Turn<Sum> turn : batch) {
        if (turn.session().sessionKey().equals("t/bad")) {
          throw new IllegalStateException("One bad row.");
        }
        if (turn.session().sessionKey().equals("t/fatal")) {
          throw new StackOverflowError("No stack is left.");
        }
      }
      for (Turn<Sum> turn : batch) {
        int done = turn.scratch() == null ? 1 : (Integer) turn.scratch() + 1;
        if (done < steps) {
          turn.again(done);
        } else {
          turn.done(turn.state(), List.of());
        }
      }
    }
  }

  private DeviceTask task(Stage<Sum> stage, String key, long block) {
    Stage<Object> untyped = StageGroup.of(List.of(stage)).get(0);
    Turn<Object> turn =
        new Turn<>(Records.info(key), Records.block(key, block), new Sum(0, 0), null);
    return new DeviceTask(untyped, turn, new Urgency(MediaBlock.NO_DEADLINE, block), finished::add);
  }

  private List<String> await(int count) throws InterruptedException {
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      DeviceTask task = finished.poll(30, TimeUnit.SECONDS);
      assertThat(task).as("finished task %d of %d", i + 1, count).isNotNull();
      keys.add(task.sessionKey() + " " + task.turn().answer());
    }
    return keys;
  }

  @Test
  void idleDeviceRunsAtOnceAndABusyOneCollectsBatchesAcrossOperators() throws Exception {
    DeviceExecutor one = acquire();
    DeviceExecutor two = acquire();
    Gated stage = new Gated(1);
    Gated other = new Gated(1);
    one.submit(task(stage, "t/a", 0));
    stage.entered.await();
    one.submit(task(stage, "t/b", 0));
    two.submit(task(other, "t/c", 0));
    stage.gate.countDown();
    other.gate.countDown();
    assertThat(await(3)).containsExactly("t/a DONE", "t/b DONE", "t/c DONE");
    assertThat(stage.batches).containsExactly(List.of("t/a"), List.of("t/b", "t/c"));
  }

  @Test
  void mostUrgentComesFirstAndOneTaskOfASessionIsInABatch() throws Exception {
    DeviceExecutor executor = acquire();
    Gated stage = new Gated(1);
    executor.submit(task(stage, "t/first", 0));
    stage.entered.await();
    executor.submit(task(stage, "t/a", 9));
    executor.submit(task(stage, "t/b", 5));
    executor.submit(task(stage, "t/b", 6));
    executor.submit(task(stage, "t/c", 7));
    executor.submit(task(stage, "t/d", 8));
    stage.gate.countDown();
    await(6);
    assertThat(stage.batches)
        .containsExactly(List.of("t/first"), List.of("t/b", "t/c", "t/d"), List.of("t/b", "t/a"));
  }

  @Test
  void stepsOfDifferentIndexShareABatch() throws Exception {
    DeviceExecutor executor = acquire();
    Gated stage = new Gated(2);
    executor.submit(task(stage, "t/a", 0));
    stage.entered.await();
    executor.submit(task(stage, "t/b", 0));
    stage.gate.countDown();
    await(2);
    assertThat(stage.batches.get(1)).containsExactlyInAnyOrder("t/a", "t/b");
  }

  @Test
  void poolTakesOneTurnAtATime() throws Exception {
    DeviceExecutor executor = acquire(new DeviceSpec("test-pool", 2, false), cause -> {});
    Gated stage = new Gated(1);
    stage.gate.countDown();
    for (int i = 0; i < 8; i++) {
      executor.submit(task(stage, "t/" + i, 0));
    }
    await(8);
    assertThat(stage.batches).allSatisfy(batch -> assertThat(batch).hasSize(1));
  }

  @Test
  void badRowFailsOnlyItsOwnTurn() throws Exception {
    DeviceExecutor executor = acquire();
    Gated stage = new Gated(1);
    executor.submit(task(stage, "t/first", 0));
    stage.entered.await();
    executor.submit(task(stage, "t/a", 1));
    executor.submit(task(stage, "t/bad", 1));
    executor.submit(task(stage, "t/keyless", 1));
    executor.submit(task(stage, "t/c", 1));
    stage.gate.countDown();
    assertThat(await(5))
        .containsExactlyInAnyOrder(
            "t/first DONE", "t/a DONE", "t/bad FAILED", "t/keyless FAILED", "t/c DONE");
  }

  @Test
  void errorIsToldToEveryOperatorAndTheNextOneGetsAFreshDevice() throws Exception {
    BlockingQueue<Throwable> crashes = new LinkedBlockingQueue<>();
    DeviceExecutor one = acquire(SPEC, crashes::add);
    acquire(SPEC, crashes::add);
    Gated stage = new Gated(1);
    stage.gate.countDown();
    one.submit(task(stage, "t/fatal", 0));
    for (int i = 0; i < 2; i++) {
      assertThat(crashes.poll(30, TimeUnit.SECONDS)).isInstanceOf(StackOverflowError.class);
    }
    DeviceExecutor fresh = acquire();
    fresh.submit(task(stage, "t/a", 0));
    assertThat(await(1)).containsExactly("t/a DONE");
  }

  @Test
  void closeWaitsForTheStepThatRunsAndDropsTheRest() throws Exception {
    DeviceExecutor executor = acquire();
    Gated stage = new Gated(2);
    executor.submit(task(stage, "t/a", 0));
    stage.entered.await();
    executor.submit(task(stage, "t/b", 0));
    Thread closer = new Thread(executor::close);
    closer.start();
    while (closer.getState() != Thread.State.WAITING) {
      Thread.onSpinWait();
    }
    stage.gate.countDown();
    closer.join();
    assertThat(finished).isEmpty();
    assertThat(stage.batches).containsExactly(List.of("t/a"));
  }

  /** A task that somebody waits for. */
  private DeviceTask urgent(Stage<Sum> stage, String key) {
    Stage<Object> untyped = StageGroup.of(List.of(stage)).get(0);
    Turn<Object> turn = new Turn<>(Records.info(key), Records.block(key, 0), new Sum(0, 0), null);
    return new DeviceTask(untyped, turn, new Urgency(1, 0), finished::add);
  }

  private static Gated open(int steps) {
    Gated stage = new Gated(steps);
    stage.gate.countDown();
    return stage;
  }

  /** Lets the device learn that steps are short, and waits until it has nothing to do. */
  private void learn(DeviceExecutor executor) throws InterruptedException {
    Gated stage = open(1);
    while (!executor.runHere(urgent(stage, "t/learn"))) {
      executor.submit(urgent(stage, "t/learn"));
      await(1);
    }
  }

  @Test
  void shortStepsOfAnIdleDeviceAreLeftToTheCaller() throws Exception {
    DeviceExecutor executor = acquire();
    learn(executor);
    Gated stage = open(2);
    DeviceTask task = urgent(stage, "t/a");
    while (!executor.runHere(task)) {
      learn(executor);
    }
    assertThat(task.turn().answer()).isEqualTo(Turn.Answer.DONE);
    assertThat(stage.batches).containsExactly(List.of("t/a"), List.of("t/a"));
    assertThat(finished).isEmpty();
  }

  @Test
  void stepsThatNeverRanOrThatNobodyWaitsForAreTheDevices() throws Exception {
    DeviceExecutor executor = acquire();
    assertThat(executor.runHere(urgent(open(1), "t/a"))).isFalse();
    learn(executor);
    assertThat(executor.runHere(task(open(1), "t/a", 0))).isFalse();
  }

  @Test
  void busyDeviceLeavesNothingToTheCaller() throws Exception {
    DeviceExecutor executor = acquire();
    learn(executor);
    Gated stage = new Gated(1);
    executor.submit(task(stage, "t/a", 0));
    stage.entered.await();
    assertThat(executor.runHere(urgent(stage, "t/b"))).isFalse();
    stage.gate.countDown();
    await(1);
  }

  @Test
  void callerTakesThePlaceOfAThread() throws Exception {
    DeviceExecutor executor = acquire();
    learn(executor);
    Gated slow = new Gated(1);
    Thread caller =
        new Thread(
            () -> {
              while (!executor.runHere(urgent(slow, "t/a"))) {
                Thread.onSpinWait();
              }
            });
    caller.start();
    slow.entered.await();
    Gated stage = open(1);
    executor.submit(task(stage, "t/b", 0));
    executor.submit(task(stage, "t/c", 0));
    assertThat(stage.batches).isEmpty();
    slow.gate.countDown();
    caller.join();
    assertThat(await(2)).containsExactly("t/b DONE", "t/c DONE");
  }

  @Test
  void turnThatCannotBePlacedComesBackFailed() {
    DeviceExecutor executor = acquire();
    DeviceTask task = urgent(open(1), "t/keyless");
    assertThat(executor.runHere(task)).isTrue();
    assertThat(task.turn().answer()).isEqualTo(Turn.Answer.FAILED);
  }

  @Test
  void errorOfACallerIsToldToEveryOperator() throws Exception {
    BlockingQueue<Throwable> crashes = new LinkedBlockingQueue<>();
    DeviceExecutor executor = acquire(SPEC, crashes::add);
    acquire(SPEC, crashes::add);
    learn(executor);
    assertThatThrownBy(
            () -> {
              while (!executor.runHere(urgent(open(1), "t/fatal"))) {
                learn(executor);
              }
            })
        .isInstanceOf(StackOverflowError.class);
    for (int i = 0; i < 2; i++) {
      assertThat(crashes.poll(30, TimeUnit.SECONDS)).isInstanceOf(StackOverflowError.class);
    }
  }
}
