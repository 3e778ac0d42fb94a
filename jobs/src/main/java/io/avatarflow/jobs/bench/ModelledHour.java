package io.avatarflow.jobs.bench;

import io.avatarflow.operators.modelled.DeviceProfile;
import io.avatarflow.operators.modelled.Disciplines;
import io.avatarflow.operators.modelled.ModelledDevice;
import io.avatarflow.operators.modelled.ModelledRun;
import io.avatarflow.operators.modelled.TrafficModel;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * A fleet of modelled devices over a long virtual time: how long that takes for real, and whether
 * anything grows.
 *
 * @param realSeconds what it took
 * @param onTime share of blocks on time
 * @param peakQueue most blocks in the care of one device
 * @param queueLimit what the traffic's buffers allow at most
 * @param heapMegabytes heap in use at the end, after a collection
 * @param heapGrowthMegabytes the same less that after a sixth of the time
 */
record ModelledHour(
    double realSeconds,
    double onTime,
    int peakQueue,
    int queueLimit,
    double heapMegabytes,
    double heapGrowthMegabytes) {
  private static final Duration SLICE = Duration.ofSeconds(1);

  /** Runs all devices side by side, a virtual second each in turn. */
  static ModelledHour run(
      DeviceProfile profile, TrafficModel traffic, int sessions, int devices, Duration time) {
    long start = System.nanoTime();
    List<ModelledDevice> fleet = new ArrayList<>();
    for (int i = 0; i < devices; i++) {
      int own = sessions / devices + (i < sessions % devices ? 1 : 0);
      fleet.add(new ModelledDevice(profile, traffic.of(own), Disciplines.engine(), i + 1L));
    }
    double early = 0;
    for (Duration now = SLICE; now.compareTo(time) <= 0; now = now.plus(SLICE)) {
      for (ModelledDevice device : fleet) {
        device.advanceTo(now);
      }
      if (early == 0 && now.compareTo(time.dividedBy(6)) >= 0) {
        early = heapNow();
      }
    }
    double heap = heapNow();
    double seconds = (System.nanoTime() - start) / 1e9;
    List<ModelledRun> runs = fleet.stream().map(ModelledDevice::result).toList();
    long blocks = runs.stream().mapToLong(ModelledRun::blocks).sum();
    long late = runs.stream().mapToLong(ModelledRun::late).sum();
    return new ModelledHour(
        seconds,
        1 - (double) late / Math.max(1, blocks),
        runs.stream().mapToInt(ModelledRun::peakQueue).max().orElse(0),
        traffic.maxBuffer() * ((sessions + devices - 1) / devices),
        heap,
        heap - early);
  }

  private static double heapNow() {
    System.gc();
    return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / (double) (1 << 20);
  }
}
