package io.avatarflow.jobs.bench;

import java.time.Duration;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * How speakers and viewers that share a machine with the engine speak to the broker.
 *
 * @param linger how long a speaker's client gathers what it sends
 * @param fetchWait how long a viewer's client lets the broker gather what it asks for
 */
public record LoadClients(Duration linger, Duration fetchWait) {
  /** Each record at its moment, which latency is measured by. */
  public static final LoadClients PROMPT = new LoadClients(Duration.ZERO, Duration.ZERO);

  /**
   * A request for many records: a broker and the clients of dozens of sessions in the engine's own
   * process would otherwise take much of the cores for requests that elsewhere are other machines'
   * work. Speakers gather for as long as Kafka's clients do by default; what arrives later for it
   * counts as later.
   */
  public static final LoadClients GATHERING =
      new LoadClients(Duration.ofMillis(5), Duration.ofMillis(20));

  private static final String GATHERED_BYTES = Integer.toString(1 << 20);

  /** Settings of a speaker's client. */
  public Properties producer() {
    Properties properties = new Properties();
    properties.put(ProducerConfig.LINGER_MS_CONFIG, Long.toString(linger.toMillis()));
    return properties;
  }

  /** Settings of a viewer's client. */
  public Properties consumer() {
    Properties properties = new Properties();
    if (!fetchWait.isZero()) {
      properties.put(ConsumerConfig.FETCH_MIN_BYTES_CONFIG, GATHERED_BYTES);
      properties.put(ConsumerConfig.FETCH_MAX_WAIT_MS_CONFIG, Long.toString(fetchWait.toMillis()));
    }
    return properties;
  }
}
