package io.avatarflow.operators.modelled;

import java.util.List;

/**
 * What a device needs for the blocks of one model pack: the stages that a block goes through, in
 * their order.
 *
 * @param name of device and pack, for messages
 * @param stages one at least; a block is in one at a time, a session may have a block in each
 */
public record DeviceProfile(String name, List<StageProfile> stages) {
  public DeviceProfile {
    stages = List.copyOf(stages);
    if (stages.isEmpty()) {
      throw new IllegalArgumentException(
          "Device profile \"%s\" has 0 stages; give one at least.".formatted(name));
    }
    long names = stages.stream().map(StageProfile::name).distinct().count();
    if (names != stages.size()) {
      throw new IllegalArgumentException(
          "Device profile \"%s\" names a stage twice: %s; rename one."
              .formatted(name, stages.stream().map(StageProfile::name).toList()));
    }
  }

  /** A device with one kind of step, which silence asks for as speech does. */
  public static DeviceProfile of(String name, int steps, int maxRows, LatencyCurve latency) {
    return of(name, steps, steps, maxRows, latency);
  }

  /** A device with one kind of step. */
  public static DeviceProfile of(
      String name, int steps, int idleSteps, int maxRows, LatencyCurve latency) {
    return new DeviceProfile(
        name, List.of(new StageProfile("step", steps, idleSteps, 1, maxRows, latency)));
  }
}
