package io.avatarflow.jobs.lanes;

import io.avatarflow.operators.stage.SessionRecord;
import java.io.Serializable;
import java.util.List;
import java.util.Properties;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.api.connector.source.Boundedness;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.api.connector.source.SourceReader;
import org.apache.flink.api.connector.source.SourceReaderContext;
import org.apache.flink.api.connector.source.SplitEnumerator;
import org.apache.flink.api.connector.source.SplitEnumeratorContext;
import org.apache.flink.api.connector.source.SupportsSplitReassignmentOnRecovery;
import org.apache.flink.api.java.typeutils.ResultTypeQueryable;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceOptions;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumState;
import org.apache.flink.connector.kafka.source.enumerator.KafkaSourceEnumerator;
import org.apache.flink.connector.kafka.source.enumerator.initializer.NoStoppingOffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.connector.kafka.source.enumerator.subscriber.KafkaSubscriber;
import org.apache.flink.connector.kafka.source.reader.deserializer.KafkaRecordDeserializationSchema;
import org.apache.flink.connector.kafka.source.split.KafkaPartitionSplit;
import org.apache.flink.core.io.SimpleVersionedSerializer;
import org.apache.kafka.clients.consumer.ConsumerConfig;

/**
 * The connector's {@code KafkaSource} with one difference: each partition is read by the subtask
 * that owns its key groups, after a start, a recovery and a rescale alike.
 *
 * <p>Reading, offsets and checkpoints are the connector's. The topic's partitions are fixed for the
 * life of a job: they are looked up once, at its start. Unbounded.
 *
 * <p>Relies on these internals of the connector, which {@code LaneSourceContractTest} pins: the
 * public constructor of {@link KafkaSourceEnumerator} that takes a split owner selector; that
 * splits that are added back are given to their owner when it is registered, and wait when it is
 * not.
 */
public final class LaneSource
    implements Source<SessionRecord, KafkaPartitionSplit, KafkaSourceEnumState>,
        SupportsSplitReassignmentOnRecovery,
        ResultTypeQueryable<SessionRecord> {
  private static final long serialVersionUID = 1L;

  private final Settings settings;
  private final LaneLayout layout;
  private final KafkaSource<SessionRecord> stock;

  /**
   * What is read.
   *
   * @param client settings of the Kafka client, brokers and group among them
   * @param topic the input topic
   * @param start where reading begins without a checkpoint
   * @param records turns records of the topic into those of the graph
   */
  public record Settings(
      Properties client,
      String topic,
      OffsetsInitializer start,
      KafkaRecordDeserializationSchema<SessionRecord> records)
      implements Serializable {}

  public LaneSource(Settings settings, LaneLayout layout) {
    this.settings = settings;
    this.layout = layout;
    this.stock =
        KafkaSource.<SessionRecord>builder()
            .setProperties(settings.client())
            .setTopics(settings.topic())
            .setStartingOffsets(settings.start())
            .setDeserializer(new LaneRecordReader(settings.records(), layout))
            .build();
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> createEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context) {
    return restoreEnumerator(context, new KafkaSourceEnumState(List.of(), List.of(), false));
  }

  @Override
  public SplitEnumerator<KafkaPartitionSplit, KafkaSourceEnumState> restoreEnumerator(
      SplitEnumeratorContext<KafkaPartitionSplit> context, KafkaSourceEnumState state) {
    layout.check(context.currentParallelism());
    Properties properties = new Properties();
    properties.putAll(settings.client());
    properties.put(
        KafkaSourceOptions.CLIENT_ID_PREFIX.key(),
        properties.getProperty(ConsumerConfig.GROUP_ID_CONFIG, settings.topic()));
    properties.put(KafkaSourceOptions.PARTITION_DISCOVERY_INTERVAL_MS.key(), "-1");
    KafkaSourceEnumerator partitions =
        new KafkaSourceEnumerator(
            KafkaSubscriber.getTopicListSubscriber(List.of(settings.topic())),
            settings.start(),
            new NoStoppingOffsetsInitializer(),
            properties,
            context,
            Boundedness.CONTINUOUS_UNBOUNDED,
            state,
            (split, readers) -> layout.owner(split.getPartition(), readers));
    return new LaneEnumerator(context, partitions);
  }

  @Override
  public SourceReader<SessionRecord, KafkaPartitionSplit> createReader(SourceReaderContext context)
      throws Exception {
    return stock.createReader(context);
  }

  @Override
  public Boundedness getBoundedness() {
    return Boundedness.CONTINUOUS_UNBOUNDED;
  }

  @Override
  public SimpleVersionedSerializer<KafkaPartitionSplit> getSplitSerializer() {
    return stock.getSplitSerializer();
  }

  @Override
  public SimpleVersionedSerializer<KafkaSourceEnumState> getEnumeratorCheckpointSerializer() {
    return stock.getEnumeratorCheckpointSerializer();
  }

  @Override
  public TypeInformation<SessionRecord> getProducedType() {
    return stock.getProducedType();
  }
}
