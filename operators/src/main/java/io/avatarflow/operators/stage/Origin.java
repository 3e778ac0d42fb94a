package io.avatarflow.operators.stage;

/**
 * Where an input record came from.
 *
 * @param topic the Kafka topic, or a file's name in a test
 * @param partition the partition
 * @param offset the offset in the partition
 * @param arrivedMicros when the source polled it, microseconds since the epoch
 * @param traceparent the trace that the producer put it in, as W3C Trace Context writes it; empty
 *     for none
 */
public record Origin(
    String topic, int partition, long offset, long arrivedMicros, String traceparent) {

  /** A record that is in no trace. */
  public Origin(String topic, int partition, long offset, long arrivedMicros) {
    this(topic, partition, offset, arrivedMicros, "");
  }
}
