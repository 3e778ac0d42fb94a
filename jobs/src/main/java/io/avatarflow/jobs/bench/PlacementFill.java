package io.avatarflow.jobs.bench;

import io.avatarflow.operators.ingest.SeatPool;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionPlacement;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;

/**
 * Fills the seats of several devices with arriving sessions until the first is refused, under a
 * virtual clock, with the seat pools of the engine and the placement library of its clients.
 *
 * <p>Sessions arrive at random, take a while to open, and every device publishes its free seats
 * once a second. A client that finds no seat free by what it knows waits for the next reports; it
 * is refused when these say the same of sessions that have all opened.
 *
 * @param fill share of all seats that were taken when the first session was refused
 * @param waited sessions that had to wait for a report
 */
record PlacementFill(double fill, int waited) {
  private static final int KEY_GROUPS = 60;
  private static final long SECOND = 1_000_000;
  private static final long OPEN_MICROS = SECOND / 5;
  private static final long PATIENCE = 5 * SECOND;

  private record Opening(String key, int device, long atMicros) {}

  /** Devices, their seats, and the sessions that are on their way to one. */
  private static final class Cell {
    private final List<SeatPool.Share> devices = new ArrayList<>();
    private final Deque<Opening> opening = new ArrayDeque<>();
    private final int seats;

    private Cell(int count, int seats) {
      this.seats = seats;
      for (int i = 0; i < count; i++) {
        devices.add(SeatPool.of(seats, Map.of(), () -> 0).share());
      }
    }

    private void send(String key, long atMicros) {
      int device = SessionPlacement.subtask(key, KEY_GROUPS, devices.size());
      opening.add(new Opening(key, device, atMicros + OPEN_MICROS));
    }

    /** Opens what has arrived; false if one was refused. */
    private boolean openUntil(long nowMicros) {
      while (!opening.isEmpty() && opening.element().atMicros <= nowMicros) {
        Opening next = opening.remove();
        if (devices.get(next.device).admit(next.key).isPresent()) {
          return false;
        }
      }
      return true;
    }

    private void report(SessionPlacement placement, long nowMicros) {
      for (int i = 0; i < devices.size(); i++) {
        SeatPool pool = devices.get(i).pool();
        placement.seats(i, pool.id(), pool.free(), nowMicros);
      }
    }

    private double fill() {
      double taken = devices.stream().mapToInt(share -> seats - share.pool().free()).sum();
      return taken / (seats * devices.size());
    }
  }

  /** With keys that the placement library mints. */
  static PlacementFill minted(int devices, int seats, double arrivalsPerSecond, long seed) {
    Cell cell = new Cell(devices, seats);
    SplittableRandom random = new SplittableRandom(seed);
    SessionPlacement placement = new SessionPlacement(KEY_GROUPS, devices, random.split());
    long now = 0;
    long nextReport = 0;
    int waited = 0;
    while (true) {
      now += (long) (-Math.log(1 - random.nextDouble()) / arrivalsPerSecond * SECOND);
      boolean first = true;
      Optional<SessionKey> key = Optional.empty();
      for (long since = now; key.isEmpty() && now - since <= PATIENCE; ) {
        for (; nextReport <= now; nextReport += SECOND) {
          if (!cell.openUntil(nextReport)) {
            return new PlacementFill(cell.fill(), waited);
          }
          cell.report(placement, nextReport);
        }
        key = placement.mint("acme", now);
        if (key.isEmpty()) {
          waited += first ? 1 : 0;
          first = false;
          now = nextReport;
        }
      }
      if (!cell.openUntil(now) || key.isEmpty()) {
        return new PlacementFill(cell.fill(), waited);
      }
      cell.send(key.get().toString(), now);
    }
  }

  /** With keys that nobody chose: hashing alone. */
  static PlacementFill hashed(int devices, int seats, long seed) {
    Cell cell = new Cell(devices, seats);
    SplittableRandom random = new SplittableRandom(seed);
    for (long now = 0; ; now += SECOND) {
      cell.send("acme/%016x".formatted(random.nextLong()), now);
      if (!cell.openUntil(now)) {
        return new PlacementFill(cell.fill(), 0);
      }
    }
  }
}
