package io.avatarflow.jobs.capacity;

import io.avatarflow.operators.host.Accelerator;
import io.avatarflow.operators.host.SubtaskPlace;
import io.avatarflow.operators.ingest.SeatPolicy;
import io.avatarflow.operators.ingest.SeatPool;
import io.avatarflow.operators.pack.ModelPack;
import io.avatarflow.operators.proof.MachineKind;
import io.avatarflow.operators.stage.AvatarMetric;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * One subtask's admission of sessions: its share of the process's seats, and the publisher of those
 * that are free. Without a number of seats everybody is admitted.
 *
 * <p>Made when the subtask starts, closed with its stages, which frees the seats of its sessions.
 */
public final class Admission implements AutoCloseable {
  private final Optional<SeatPool.Share> share;
  private final Optional<SeatPublisher> publisher;

  private Admission(Optional<SeatPool.Share> share, Optional<SeatPublisher> publisher) {
    this.share = share;
    this.publisher = publisher;
  }

  /**
   * Opens a subtask's admission.
   *
   * @throws IllegalArgumentException if the capacity profile does not fit pack or machine, with one
   *     sentence that says why
   */
  public static Admission open(
      SeatSettings settings, ModelPack pack, Accelerator device, SubtaskPlace place) {
    int seats = settings.seats();
    if (settings.profile() != null) {
      CapacityProfile profile = profile(settings, pack, device);
      seats = seats == 0 ? profile.seats() : seats;
    }
    if (seats == 0) {
      return new Admission(Optional.empty(), Optional.empty());
    }
    SeatPool.Share share = SeatPool.open(device.id(), seats, settings.quotas());
    if (settings.topic() == null) {
      return new Admission(Optional.of(share), Optional.empty());
    }
    try {
      return new Admission(
          Optional.of(share),
          Optional.of(
              new SeatPublisher(
                  settings.topic(), settings.bootstrap(), settings.kafka(), place, share.pool())));
    } catch (RuntimeException e) {
      share.close();
      throw e;
    }
  }

  private static CapacityProfile profile(
      SeatSettings settings, ModelPack pack, Accelerator device) {
    Path file = Path.of(settings.profile());
    CapacityProfile profile = CapacityProfile.read(file);
    profile.requireFits(
        file,
        pack.manifest().name(),
        pack.digest(),
        device.kind().name().toLowerCase(Locale.ROOT),
        MachineKind.here(),
        Runtime.getRuntime().availableProcessors());
    return profile;
  }

  /** Who may open. */
  public SeatPolicy policy() {
    return share.<SeatPolicy>map(s -> s).orElse(SeatPolicy.UNLIMITED);
  }

  /** The seats of the process. */
  public Map<AvatarMetric, LongSupplier> gauges() {
    return share
        .map(SeatPool.Share::pool)
        .map(
            pool ->
                Map.<AvatarMetric, LongSupplier>of(
                    AvatarMetric.SEATS, pool::seats, AvatarMetric.SEATS_FREE, pool::free))
        .orElse(Map.of());
  }

  @Override
  public void close() {
    publisher.ifPresent(SeatPublisher::close);
    share.ifPresent(SeatPool.Share::close);
  }
}
