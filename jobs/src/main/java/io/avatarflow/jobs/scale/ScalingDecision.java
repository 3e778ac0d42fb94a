package io.avatarflow.jobs.scale;

import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/**
 * Turn one cell on or off.
 *
 * <p>Two thresholds keep it from flapping: a cell is turned on when fewer than {@code minFree}
 * seats are free, an empty one is turned off when more than twice as many would be free without it.
 *
 * @param cell name of the cell's deployment
 * @param run true to turn it on, false to turn it off
 */
record ScalingDecision(String cell, boolean run) {

  /**
   * A cell that the scaler may turn on and off.
   *
   * @param name name of its deployment
   * @param running whether it shall run
   * @param seats what it says of itself; absent while it starts, and when it does not run
   */
  record Cell(String name, boolean running, Optional<Seats> seats) {}

  /**
   * @param total seats of all its processes
   * @param free seats that new sessions could take
   * @param sessions open sessions
   */
  record Seats(double total, double free, double sessions) {}

  /**
   * Decides about one cell at most; nothing while a cell is on its way up.
   *
   * @param minFree fewest seats that shall be free in all
   */
  static Optional<ScalingDecision> of(List<Cell> cells, double minFree) {
    if (cells.stream().anyMatch(cell -> cell.running() && cell.seats().isEmpty())) {
      return Optional.empty();
    }
    List<Cell> ordered = cells.stream().sorted(Comparator.comparing(Cell::name)).toList();
    double free =
        ordered.stream().filter(Cell::running).mapToDouble(c -> c.seats().get().free()).sum();
    if (free < minFree) {
      return ordered.stream()
          .filter(cell -> !cell.running())
          .findFirst()
          .map(cell -> new ScalingDecision(cell.name(), true));
    }
    return ordered.stream()
        .filter(cell -> cell.running() && cell.seats().get().sessions() == 0)
        .filter(cell -> free - cell.seats().get().free() > 2 * minFree)
        .reduce((first, last) -> last)
        .map(cell -> new ScalingDecision(cell.name(), false));
  }
}
