package io.avatarflow.jobs;

import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.jobs.kafka.InputRecordReader;
import io.avatarflow.jobs.kafka.KafkaDecisionLog;
import io.avatarflow.jobs.kafka.OutputRecordWriter;
import io.avatarflow.jobs.kafka.StagedRecordReader;
import io.avatarflow.jobs.lanes.LaneSource;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.GraphOptions.Topology;
import io.avatarflow.jobs.options.TopicOptions;
import io.avatarflow.jobs.options.TopicOptions.Delivery;
import io.avatarflow.jobs.start.StartChecks;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.stage.SessionRecord;
import java.time.Duration;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.api.connector.source.Source;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.DeploymentOptions;
import org.apache.flink.configuration.PipelineOptions;
import org.apache.flink.connector.base.DeliveryGuarantee;
import org.apache.flink.connector.kafka.sink.KafkaSink;
import org.apache.flink.connector.kafka.sink.KafkaSinkBuilder;
import org.apache.flink.connector.kafka.source.KafkaSource;
import org.apache.flink.connector.kafka.source.KafkaSourceBuilder;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.core.execution.CheckpointingMode;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.datastream.KeyedStream;
import org.apache.flink.streaming.api.datastream.SingleOutputStreamOperator;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.kafka.clients.consumer.ConsumerConfig;
import org.apache.kafka.clients.producer.ProducerConfig;

/**
 * The job: input topic, the graph of operators, and the frames, events and rejects topics.
 *
 * <p>Runs on any Flink cluster ({@code flink run -c io.avatarflow.jobs.AvatarJob job.jar
 * --bootstrap HOST:PORT}) and in the embedded stack. Options: {@link AvatarJobOptions}.
 */
public final class AvatarJob {
  /** The job's name in Flink. */
  public static final String NAME = "AvatarFlow";

  private AvatarJob() {}

  /**
   * Submits the job and waits for it where the deployment waits.
   *
   * @throws io.avatarflow.jobs.start.StartException if it could not do its work; nothing was
   *     submitted
   */
  public static void main(String[] args) throws Exception {
    AvatarJobArguments arguments = AvatarJobArguments.parse(args);
    StreamExecutionEnvironment env = environment(arguments.flink());
    build(env, arguments);
    StartChecks.run(arguments, env.getParallelism());
    env.execute(NAME);
  }

  /** Adds sources, graph and sinks to an environment. */
  public static void build(StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    configure(env, arguments);
    DataStream<SessionRecord> output =
        Graph.attach(input(env, arguments), GraphSettings.of(arguments), decisionLog(arguments));
    write(
        output.filter(record -> record instanceof SessionRecord.Emission),
        "emissions",
        sink(arguments, TopicOptions.FRAMES_TOPIC, arguments.get(TopicOptions.DELIVERY)),
        "frames");
    write(
        output.filter(record -> record instanceof SessionRecord.Event),
        "happenings",
        sink(arguments, TopicOptions.EVENTS_TOPIC, Delivery.AT_LEAST_ONCE),
        "events");
    write(
        output.filter(record -> record instanceof SessionRecord.Reject),
        "refusals",
        sink(arguments, TopicOptions.REJECTS_TOPIC, Delivery.AT_LEAST_ONCE),
        "rejects");
  }

  /** Adds a sink; names are uids too, by which savepoints know the operators. */
  private static void write(
      SingleOutputStreamOperator<SessionRecord> records,
      String name,
      KafkaSink<SessionRecord> sink,
      String sinkName) {
    records.name(name).uid(name).sinkTo(sink).name(sinkName).uid(sinkName);
  }

  private static KeyedStream<SessionRecord, String> input(
      StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    boolean lanes = arguments.get(GraphOptions.TOPOLOGY) == Topology.LANES;
    Source<SessionRecord, ?, ?> source = lanes ? lanes(env, arguments) : source(arguments);
    DataStream<SessionRecord> input =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "input")
            .uid("input")
            .name("input");
    return lanes ? Graph.inPlace(input) : Graph.exchange(input);
  }

  private static LaneSource lanes(StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    Properties client = new Properties();
    client.putAll(arguments.kafka());
    client.setProperty(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.get(TopicOptions.BOOTSTRAP));
    client.setProperty(ConsumerConfig.GROUP_ID_CONFIG, arguments.get(TopicOptions.GROUP_ID));
    return new LaneSource(
        new LaneSource.Settings(
            client,
            arguments.get(TopicOptions.INPUT_TOPIC),
            startingOffsets(arguments.get(TopicOptions.START_FROM)),
            new InputRecordReader(arguments.get(TopicOptions.TENANTS))),
        StartChecks.lanes(arguments, env.getParallelism()));
  }

  /**
   * The environment that the cluster gives, or the one that {@code flink.execution.target} names.
   */
  private static StreamExecutionEnvironment environment(Configuration flink) {
    return flink.contains(DeploymentOptions.TARGET)
        ? new StreamExecutionEnvironment(flink)
        : StreamExecutionEnvironment.getExecutionEnvironment(flink);
  }

  private static void configure(StreamExecutionEnvironment env, AvatarJobArguments arguments) {
    // Without these the defaults hold records back up to 100 ms a hop and copy each of them at
    // every operator.
    env.setBufferTimeout(0);
    env.getConfig().enableObjectReuse();
    Configuration own = new Configuration();
    own.set(PipelineOptions.GENERIC_TYPES, false);
    env.configure(own);
    env.setMaxParallelism(arguments.get(GraphOptions.MAX_PARALLELISM));
    arguments.options().getOptional(GraphOptions.PARALLELISM).ifPresent(env::setParallelism);
    Duration interval = arguments.get(GraphOptions.CHECKPOINT_INTERVAL);
    if (!interval.isZero()) {
      // Also with at-least-once delivery: otherwise a restored session would hear some audio twice.
      env.enableCheckpointing(interval.toMillis(), CheckpointingMode.EXACTLY_ONCE);
    }
  }

  /** Without checkpoints nothing is restored, and nobody needs to know where the topic ends. */
  private static DecisionLog.Factory decisionLog(AvatarJobArguments arguments) {
    if (arguments.get(GraphOptions.CHECKPOINT_INTERVAL).isZero()) {
      return DecisionLog.NONE;
    }
    Properties client = new Properties();
    client.putAll(arguments.kafka());
    client.setProperty(
        ConsumerConfig.BOOTSTRAP_SERVERS_CONFIG, arguments.get(TopicOptions.BOOTSTRAP));
    return KafkaDecisionLog.factory(
        new KafkaDecisionLog.Settings(
            client,
            arguments.get(TopicOptions.FRAMES_TOPIC),
            arguments.get(TopicOptions.DELIVERY) == Delivery.EXACTLY_ONCE,
            arguments.get(GraphOptions.RECOVERY_TIMEOUT)));
  }

  private static KafkaSource<SessionRecord> source(AvatarJobArguments arguments) {
    KafkaSourceBuilder<SessionRecord> builder = KafkaSource.builder();
    if (arguments.get(TopicOptions.BOUNDED)) {
      builder.setBounded(OffsetsInitializer.latest());
    }
    boolean recorded = arguments.get(TopicOptions.INPUT) == TopicOptions.InputKind.RECORDED;
    return builder
        .setBootstrapServers(arguments.get(TopicOptions.BOOTSTRAP))
        .setTopics(arguments.get(TopicOptions.INPUT_TOPIC))
        .setGroupId(arguments.get(TopicOptions.GROUP_ID))
        .setStartingOffsets(startingOffsets(arguments.get(TopicOptions.START_FROM)))
        .setDeserializer(
            recorded
                ? new StagedRecordReader()
                : new InputRecordReader(arguments.get(TopicOptions.TENANTS)))
        .setProperties(arguments.kafka())
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

  private static KafkaSink<SessionRecord> sink(
      AvatarJobArguments arguments,
      org.apache.flink.configuration.ConfigOption<String> topicOption,
      Delivery delivery) {
    String topic = arguments.get(topicOption);
    Properties producer = new Properties();
    // Kafka's default of 5 ms would wait for company that a live frame does not have.
    producer.setProperty(ProducerConfig.LINGER_MS_CONFIG, "0");
    producer.setProperty(ProducerConfig.TRANSACTION_TIMEOUT_CONFIG, "600000");
    producer.putAll(arguments.kafka());
    KafkaSinkBuilder<SessionRecord> builder =
        KafkaSink.<SessionRecord>builder()
            .setBootstrapServers(arguments.get(TopicOptions.BOOTSTRAP))
            .setKafkaProducerConfig(producer)
            .setRecordSerializer(
                new OutputRecordWriter(topic, arguments.get(GraphOptions.MAX_PARALLELISM)));
    return delivery == Delivery.EXACTLY_ONCE
        ? builder
            .setDeliveryGuarantee(DeliveryGuarantee.EXACTLY_ONCE)
            .setTransactionalIdPrefix("avatarflow-" + topic)
            .build()
        : builder.setDeliveryGuarantee(DeliveryGuarantee.AT_LEAST_ONCE).build();
  }
}
