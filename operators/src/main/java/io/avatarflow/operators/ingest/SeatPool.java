package io.avatarflow.operators.ingest;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.function.LongSupplier;

/**
 * The seats of a process: how many live sessions its device may carry, and who sits on them.
 *
 * <p>All subtasks of the process share the pool, because they share the device. A restore may bring
 * more sessions than seats; they stay, and nobody new is admitted until enough have left. A tenant
 * with a quota holds at most so many seats of each process.
 *
 * <p>A refusal says when to ask again: about when the next seat should be free, by the time that
 * the last ones took to become free.
 *
 * <p>Safe for use by any thread.
 */
public final class SeatPool {
  /** Stands for all tenants that have no quota of their own. */
  public static final String OTHER_TENANTS = "*";

  private static final long LEAST_RETRY_MILLIS = 500;
  private static final long MOST_RETRY_MILLIS = 30_000;
  private static final long FIRST_RETRY_MILLIS = 5_000;
  private static final int REMEMBERED = 16;

  private static final Map<Key, SeatPool> POOLS = new HashMap<>();

  private final String id = UUID.randomUUID().toString();
  private final Key key;
  private final LongSupplier nanoClock;
  private final Set<String> seated = new HashSet<>();
  private final Map<String, Integer> byTenant = new HashMap<>();
  private final Deque<Long> freedNanos = new ArrayDeque<>();
  private long refused;
  private int users;

  private record Key(String device, int seats, Map<String, Integer> quotas) {}

  private SeatPool(Key key, LongSupplier nanoClock) {
    this.key = key;
    this.nanoClock = nanoClock;
  }

  /** A pool of its own, for whoever tests or models admission. */
  public static SeatPool of(int seats, Map<String, Integer> quotas, LongSupplier nanoClock) {
    return new SeatPool(new Key("", seats, Map.copyOf(quotas)), nanoClock);
  }

  /**
   * Opens one subtask's share of the process's pool; the last share that is closed ends the pool.
   *
   * @param device the device whose seats they are
   * @param seats how many sessions it carries, 1 or more
   * @param quotas seats that a tenant may hold, by tenant; {@link #OTHER_TENANTS} for all others
   */
  public static Share open(String device, int seats, Map<String, Integer> quotas) {
    if (seats < 1) {
      throw new IllegalArgumentException(
          "A process with %d seats would refuse everybody; give 1 or more.".formatted(seats));
    }
    Key key = new Key(device, seats, Map.copyOf(quotas));
    synchronized (POOLS) {
      SeatPool pool = POOLS.computeIfAbsent(key, k -> new SeatPool(k, System::nanoTime));
      pool.users++;
      return pool.new Share();
    }
  }

  /** A share of a pool that nobody else sees. */
  public Share share() {
    synchronized (POOLS) {
      users++;
    }
    return new Share();
  }

  /** Names the pool among those of all processes; new with each start of the process. */
  public String id() {
    return id;
  }

  /** Seats in all. */
  public int seats() {
    return key.seats();
  }

  /** Seats that a new session could take; below 0 when a restore brought too many. */
  public synchronized int free() {
    return key.seats() - seated.size();
  }

  /** Sessions that were refused so far. */
  public synchronized long refused() {
    return refused;
  }

  /** About how long it takes until a seat is free. */
  public synchronized Duration retryAfter() {
    long millis = FIRST_RETRY_MILLIS;
    if (freedNanos.size() >= 2) {
      long span = nanoClock.getAsLong() - freedNanos.element();
      millis = span / 1_000_000 / freedNanos.size() + 1;
    }
    return Duration.ofMillis(Math.max(LEAST_RETRY_MILLIS, Math.min(MOST_RETRY_MILLIS, millis)));
  }

  private synchronized boolean hasSeat(String sessionKey) {
    String tenant = tenantOf(sessionKey);
    return seated.contains(sessionKey)
        || (seated.size() < key.seats() && byTenant.getOrDefault(tenant, 0) < quotaOf(tenant));
  }

  private int quotaOf(String tenant) {
    Integer quota = key.quotas().getOrDefault(tenant, key.quotas().get(OTHER_TENANTS));
    return quota == null ? Integer.MAX_VALUE : quota;
  }

  private synchronized Optional<SeatPolicy.Refusal> admit(String sessionKey) {
    if (seated.contains(sessionKey)) {
      return Optional.empty();
    }
    String tenant = tenantOf(sessionKey);
    int quota = quotaOf(tenant);
    int held = byTenant.getOrDefault(tenant, 0);
    if (held >= quota) {
      return refuse(
          "no-quota",
          "Tenant \"%s\" holds %d of its %d seats of this process; close a session or raise tenant-seats."
              .formatted(tenant, held, quota));
    }
    if (seated.size() >= key.seats()) {
      return refuse(
          "no-seat",
          "All %d seats of this process are taken; take a key from the placement library or start a cell."
              .formatted(key.seats()));
    }
    seat(sessionKey);
    return Optional.empty();
  }

  private Optional<SeatPolicy.Refusal> refuse(String reason, String detail) {
    refused++;
    return Optional.of(new SeatPolicy.Refusal(reason, detail, retryAfter()));
  }

  private synchronized void seat(String sessionKey) {
    if (seated.add(sessionKey)) {
      byTenant.merge(tenantOf(sessionKey), 1, Integer::sum);
    }
  }

  private synchronized void free(String sessionKey) {
    if (seated.remove(sessionKey)) {
      byTenant.computeIfPresent(tenantOf(sessionKey), (t, n) -> n == 1 ? null : n - 1);
      freedNanos.addLast(nanoClock.getAsLong());
      if (freedNanos.size() > REMEMBERED) {
        freedNanos.remove();
      }
    }
  }

  private static String tenantOf(String sessionKey) {
    int slash = sessionKey.indexOf('/');
    return slash < 0 ? sessionKey : sessionKey.substring(0, slash);
  }

  /** One subtask's part in the pool: closing it frees the seats of its sessions. */
  public final class Share implements SeatPolicy, AutoCloseable {
    private final Set<String> own = new HashSet<>();
    private boolean closed;

    private Share() {}

    /** The pool behind it. */
    public SeatPool pool() {
      return SeatPool.this;
    }

    @Override
    public synchronized Optional<Refusal> admit(String sessionKey) {
      Optional<Refusal> refusal = SeatPool.this.admit(sessionKey);
      if (refusal.isEmpty()) {
        own.add(sessionKey);
      }
      return refusal;
    }

    @Override
    public boolean hasSeat(String sessionKey) {
      return SeatPool.this.hasSeat(sessionKey);
    }

    @Override
    public synchronized void ended(String sessionKey) {
      if (own.remove(sessionKey)) {
        free(sessionKey);
      }
    }

    @Override
    public synchronized void restored(Collection<String> sessionKeys) {
      for (String sessionKey : sessionKeys) {
        own.add(sessionKey);
        seat(sessionKey);
      }
    }

    @Override
    public synchronized void close() {
      if (closed) {
        return;
      }
      closed = true;
      own.forEach(SeatPool.this::free);
      own.clear();
      synchronized (POOLS) {
        if (--users == 0) {
          POOLS.remove(key, SeatPool.this);
        }
      }
    }
  }
}
