package io.avatarflow.jobs.kafka;

import io.avatarflow.operators.host.SessionRecordTypeInfo;
import io.avatarflow.operators.stage.Origin;
import io.avatarflow.operators.stage.SessionRecord;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionInput;
import io.avatarflow.schemas.SessionKey;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.util.Collector;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Turns records of the input topic into {@link SessionRecord.Input}, or into {@link
 * SessionRecord.Reject} with the reason when the bytes are not what the topic's contract says.
 *
 * <p>Nothing that a producer writes can fail the job here.
 */
public final class InputRecordReader implements KafkaRecordDeserializationSchema<SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final Set<String> tenants;
  private transient RecordCodec<SessionInput> codec;

  /** Takes sessions of every tenant. */
  public InputRecordReader() {
    this(List.of());
  }

  /**
   * @param tenants whose sessions the topic may hold; anybody's when empty
   */
  public InputRecordReader(Collection<String> tenants) {
    this.tenants = Set.copyOf(tenants);
  }

  @Override
  public void deserialize(ConsumerRecord<byte[], byte[]> record, Collector<SessionRecord> out) {
    if (codec == null) {
      codec = RecordCodec.input();
    }
    Origin origin =
        new Origin(
            record.topic(),
            record.partition(),
            record.offset(),
            ChronoUnit.MICROS.between(Instant.EPOCH, Instant.now()),
            TraceHeader.read(record.headers()));
    out.collect(read(record.key(), record.value(), origin));
  }

  private SessionRecord read(byte[] key, byte[] value, Origin origin) {
    if (key == null || value == null) {
      return reject(
          "unkeyed",
          key,
          value,
          origin,
          "The record has no %s.".formatted(key == null ? "key" : "value"));
    }
    SessionKey parsed;
    try {
      parsed = SessionKey.parse(new String(key, StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      return reject("unkeyed", key, value, origin, e.getMessage());
    }
    String sessionKey = parsed.toString();
    if (!tenants.isEmpty() && !tenants.contains(parsed.tenant())) {
      return reject(
          sessionKey,
          key,
          value,
          origin,
          "Tenant \"%s\" is not served here; write to the topic of its own cell."
              .formatted(parsed.tenant()));
    }
    try {
      SessionInput input = codec.decode(value);
      if (!input.getSessionKey().equals(sessionKey)) {
        return reject(
            sessionKey,
            key,
            value,
            origin,
            "The record says session \"%s\", its Kafka key says \"%s\"."
                .formatted(input.getSessionKey(), sessionKey));
      }
      return new SessionRecord.Input(sessionKey, input, origin);
    } catch (MalformedRecordException e) {
      return reject(sessionKey, key, value, origin, e.getMessage());
    }
  }

  private static SessionRecord reject(
      String sessionKey, byte[] key, byte[] value, Origin origin, String reason) {
    return new SessionRecord.Reject(
        sessionKey,
        key == null ? new byte[0] : key,
        value == null ? new byte[0] : value,
        origin,
        reason);
  }

  @Override
  public TypeInformation<SessionRecord> getProducedType() {
    return SessionRecordTypeInfo.INSTANCE;
  }
}
