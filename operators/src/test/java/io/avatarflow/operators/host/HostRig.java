package io.avatarflow.operators.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.operators.host.FakeStages.Chain;
import io.avatarflow.operators.host.FakeStages.Encode;
import io.avatarflow.operators.host.FakeStages.Ledger;
import io.avatarflow.operators.stage.Placement;
import io.avatarflow.operators.stage.Stage;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.runtime.checkpoint.OperatorSubtaskState;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * The operators of one test, by default of three stages each, on one device driven by hand. Closes
 * them behind the test and asserts that no stage, no derived state and no device was left open.
 */
final class HostRig implements AfterEachCallback {
  private final Ledger ledger = new Ledger();
  private final HandDrivenDevice device = new HandDrivenDevice();
  private final List<Chain> made = new ArrayList<>();
  private final List<HostHarness> opened = new ArrayList<>();

  @Override
  public void afterEach(ExtensionContext context) throws Exception {
    for (HostHarness harness : opened) {
      harness.close();
    }
    assertThat(ledger.open()).as("derived states that are open after teardown").isZero();
    assertThat(made).allSatisfy(stage -> assertThat(stage.closed).hasValue(1));
    assertThat(device.isClosed() || ledger.built.get() == 0).isTrue();
  }

  Ledger ledger() {
    return ledger;
  }

  HandDrivenDevice device() {
    return device;
  }

  /** The stages made so far, of all operators. */
  List<Chain> made() {
    return made;
  }

  List<Stage<?>> stages() {
    List<Chain> stages = chains(ledger);
    made.addAll(stages);
    return List.copyOf(stages);
  }

  /** The stages of an operator that has this one alone. */
  List<Stage<?>> one(Chain stage) {
    made.add(stage);
    return List.of(stage);
  }

  private static List<Chain> chains(Ledger ledger) {
    return List.of(
        new Chain("features", Placement.TASK, 1, ledger),
        new Chain("denoise", Placement.ACCELERATOR, 3, ledger),
        new Encode(Placement.CPU_POOL, ledger));
  }

  HostHarness open() throws Exception {
    return open(1, List.of());
  }

  HostHarness open(int parallelism, List<OperatorSubtaskState> state) throws Exception {
    return openAt(0, parallelism, state);
  }

  /** Opens the operator with the state of another one when the clock shows a time. */
  HostHarness openAt(long millis, int parallelism, List<OperatorSubtaskState> state)
      throws Exception {
    return closing(
        HostHarness.openAt(
            millis, new HostHarness.Setup(this::stages, device), parallelism, state));
  }

  HostHarness open(HostHarness.Setup setup) throws Exception {
    return closing(HostHarness.open(setup));
  }

  /** Has the harness closed behind the test. */
  HostHarness closing(HostHarness harness) {
    opened.add(harness);
    return harness;
  }

  void close(HostHarness harness) throws Exception {
    opened.remove(harness);
    harness.close();
  }

  /** What a session of so many blocks gets alone in a plain loop. */
  static List<String> expected(String key, int blocks) {
    return ReferenceModel.run(
        Records.info(key), List.copyOf(chains(new Ledger())), Records.session(key, blocks));
  }
}
