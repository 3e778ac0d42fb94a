package io.avatarflow.jobs.capacity;

import java.io.Serializable;
import java.util.Map;
import java.util.Properties;

/**
 * How admission is limited; travels to the workers.
 *
 * @param seats sessions that a process carries, 0 to take the profile's number
 * @param profile path of a capacity profile on every worker, or null
 * @param quotas seats of each process that a tenant may hold, by tenant
 * @param topic where free seats are published, or null for nowhere
 * @param bootstrap brokers of that topic
 * @param kafka settings of the job's Kafka clients
 */
public record SeatSettings(
    int seats,
    String profile,
    Map<String, Integer> quotas,
    String topic,
    String bootstrap,
    Properties kafka)
    implements Serializable {
  public SeatSettings {
    quotas = Map.copyOf(quotas);
  }

  /** Nobody is refused, nothing is published. */
  public SeatSettings unlimited() {
    return new SeatSettings(0, null, Map.of(), null, bootstrap, kafka);
  }
}
