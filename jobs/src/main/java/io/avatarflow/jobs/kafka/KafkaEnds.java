package io.avatarflow.jobs.kafka;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.JobEnds;
import io.avatarflow.jobs.lanes.LaneSource;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.GraphOptions.Topology;
import io.avatarflow.jobs.options.SessionOptions;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.jobs.options.TopicOptions.Delivery;
import io.avatarflow.jobs.start.StartChecks;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.ingest.PacingOptions;
import io.avatarflow.operators.stage.SessionRecord;
import java.time.Duration;
import java.util.Map;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.ConfigOption;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.CommonClientConfigs;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/** Topics: the input topic before the graph, the frames, events and rejects topics behind it. */
public final class KafkaEnds implements JobEnds {
  /** The connector's switch for what the client measures. */
  private static final String PRODUCER_METRICS = "register.producer.metrics";

  private final AvatarJobArguments arguments;

  /** Of the topics of the job, by name; looked up once, and fixed for the life of the job. */
  private Map<String, Integer> partitions;

  public KafkaEnds(AvatarJobArguments arguments) {
    this.arguments = arguments;
  }

  @Override
  public KeyedStream<SessionRecord, String> input(StreamExecutionEnvironment env) {
    boolean lanes = arguments.get(GraphOptions.TOPOLOGY) == Topology.LANES;
    Source<SessionRecord, ?, ?> source = lanes ? lanes(env.getParallelism()) : source();
    DataStream<SessionRecord> input =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "input")
            .uid("input")
            .name("input");
    return lanes ? Graph.inPlace(input) : Graph.exchange(input);
  }

  @Override
  public void output(DataStream<SessionRecord> output) {
    write(
        output.filter(record -> record instanceof SessionRecord.Emission),
        "emissions",
        sink(TopicOptions.FRAMES_TOPIC, arguments.get(TopicOptions.DELIVERY)),
        "frames");
    write(
        output.filter(record -> record instanceof SessionRecord.Event),
        "happenings",
        sink(TopicOptions.EVENTS_TOPIC, Delivery.AT_LEAST_ONCE),
        "events");
    write(
        output.filter(record -> record instanceof SessionRecord.Reject),
        "refusals",
        sink(TopicOptions.REJECTS_TOPIC, Delivery.AT_LEAST_ONCE),
        "rejects");
  }

  /** Without checkpoints nothing is restored, and nobody needs to know where the topic ends. */
  @Override
  public DecisionLog.Factory decisionLog() {
    Duration interval = arguments.get(GraphOptions.CHECKPOINT_INTERVAL);
    if (interval.isZero()) {
      return DecisionLog.NONE;
    }
    return KafkaDecisionLog.factory(
        new KafkaDecisionLog.Settings(
            client(),
            arguments.get(TopicOptions.FRAMES_TOPIC),
            arguments.get(TopicOptions.DELIVERY) == Delivery.EXACTLY_ONCE,
            arguments.get(GraphOptions.RECOVERY_TIMEOUT)));
  }

  /** Adds a sink; names are uids too, by which savepoints know the operators. */
  private static void write(
      SingleOutputStreamOperator<SessionRecord> records,
      String name,
      KafkaSink<SessionRecord> sink,
      String sinkName) {
    records.name(name).uid(name).sinkTo(sink).name(sinkName).uid(sinkName);
  }

  private int partitions(ConfigOption<String> topic) {
    if (partitions == null) {
      partitions = StartChecks.partitions(arguments);
    }
    return partitions.get(arguments.get(topic));
  }

  /**
   * Settings of every client of the job. A task that takes sessions over makes one after the other,
   * and a second and third registry of their metrics, beside Flink's, takes a good part of that.
   */
  private Properties client() {
    Properties client = new Properties();
    client.setProperty(CommonClientConfigs.METRIC_REPORTER_CLASSES_CONFIG, "");
    client.setProperty(CommonClientConfigs.ENABLE_METRICS_PUSH_CONFIG, "false");
    client.putAll(arguments.kafka());
    client.setProperty(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.get(TopicOptions.BOOTSTRAP));
    return client;
  }

  private LaneSource lanes(int parallelism) {
    Properties client = client();
    client.setProperty(ConsumerConfig.GROUP_ID_CONFIG, arguments.get(TopicOptions.GROUP_ID));
    return new LaneSource(
        new LaneSource.Settings(
            client,
            arguments.get(TopicOptions.INPUT_TOPIC),
            startingOffsets(arguments.get(TopicOptions.START_FROM)),
            new InputRecordReader(arguments.get(TopicOptions.TENANTS))),
        StartChecks.lanes(arguments, parallelism, partitions(TopicOptions.INPUT_TOPIC)));
  }

  private KafkaSource<SessionRecord> source() {
    KafkaSourceBuilder<SessionRecord> builder = KafkaSource.builder();
    if (arguments.get(TopicOptions.BOUNDED)) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    boolean recorded = arguments.get(TopicOptions.INPUT) == TopicOptions.InputKind.RECORDED;
    return builder
        .setTopics(arguments.get(TopicOptions.INPUT_TOPIC))
        .setGroupId(arguments.get(TopicOptions.GROUP_ID))
        .setStartingOffsets(startingOffsets(arguments.get(TopicOptions.START_FROM)))
        .setDeserializer(
            recorded
                ? new StagedRecordReader()
                : new InputRecordReader(arguments.get(TopicOptions.TENANTS)))
        .setProperties(client())
        .build();
  }

  // The connector knows no other name for the strategy than the client's deprecated one.
  @SuppressWarnings("deprecation")
  private static OffsetsInitializer startingOffsets(TopicOptions.StartFrom from) {
    return switch (from) {
      case COMMITTED ->
          OffsetsInitializer.committedOffsets(
              org.apache.kafka.clients.consumer.OffsetResetStrategy.LATEST);
      case EARLIEST -> OffsetsInitializer.earliest();
      case LATEST -> OffsetsInitializer.latest();
    };
  }

  private KafkaSink<SessionRecord> sink(ConfigOption<String> topicOption, Delivery delivery) {
    String topic = arguments.get(topicOption);
    Properties producer = client();
    if (arguments.get(SessionOptions.PACING) == PacingOptions.Mode.REALTIME) {
      // Kafka's default of 5 ms would wait for company that a live frame does not have.
      producer.putIfAbsent(ProducerConfig.LINGER_MS_CONFIG, "0");
    }
    // Those of Flink's registry too are made anew for each takeover; events and rejects are rare.
    producer.putIfAbsent(
        PRODUCER_METRICS, Boolean.toString(topicOption.equals(TopicOptions.FRAMES_TOPIC)));
    producer.putIfAbsent(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000");
    KafkaSinkBuilder<SessionRecord> builder =
        KafkaSink.<SessionRecord>builder()
            .setBootstrapServers(arguments.get(TopicOptions.BOOTSTRAP))
            .setKafkaProducerConfig(producer)
            .setRecordSerializer(
                new OutputRecordWriter(
                    topic, arguments.get(GraphOptions.MAX_PARALLELISM), partitions(topicOption)));
    return delivery == Delivery.EXACTLY_ONCE
        ? builder
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix("avatarflow-" + topic)
            .build()
        : builder.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
  }
}
