package io.avatarflow.jobs.lanes;

import static org.assertj.core.api.Assertions.assertThat;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.graph.Graph;
import io.avatarflow.jobs.graph.GraphSettings;
import io.avatarflow.jobs.kafka.InputRecordReader;
import io.avatarflow.operators.host.DecisionLog;
import io.avatarflow.operators.stage.SessionRecord;
import java.util.Properties;
import org.apache.flink.api.common.eventtime.WatermarkStrategy;
import org.apache.flink.connector.kafka.source.enumerator.initializer.OffsetsInitializer;
import org.apache.flink.runtime.jobgraph.DistributionPattern;
import org.apache.flink.runtime.jobgraph.JobGraph;
import org.apache.flink.runtime.jobgraph.JobVertex;
import org.apache.flink.streaming.api.datastream.DataStream;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.streaming.api.functions.sink.v2.DiscardingSink;
import org.junit.jupiter.api.Test;

class LaneGraphTest {
  @Test
  void everySubtaskIsAFailoverRegionOfItsOwn() {
    JobGraph graph = graph(true);

    assertThat(graph.getVertices()).hasSize(1);
    for (JobVertex vertex : graph.getVertices()) {
      assertThat(vertex.getInputs()).isEmpty();
    }
  }

  @Test
  void theKeyedTopologyHasItsOneExchange() {
    long exchanges = 0;
    for (JobVertex vertex : graph(false).getVertices()) {
      exchanges +=
          vertex.getInputs().stream()
              .filter(edge -> edge.getDistributionPattern() == DistributionPattern.ALL_TO_ALL)
              .count();
    }
    assertThat(exchanges).isEqualTo(1);
  }

  private static JobGraph graph(boolean lanes) {
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment();
    env.setParallelism(4);
    env.setMaxParallelism(60);
    Properties client = new Properties();
    client.put("bootstrap.servers", "127.0.0.1:1");
    LaneSource source =
        new LaneSource(
            new LaneSource.Settings(
                client, "avatar.input", OffsetsInitializer.earliest(), new InputRecordReader()),
            new LaneLayout(60, 12));
    DataStream<SessionRecord> input =
        env.fromSource(source, WatermarkStrategy.noWatermarks(), "input");
    Graph.attach(
            lanes ? Graph.inPlace(input) : Graph.exchange(input),
            GraphSettings.of(AvatarJobArguments.parse("--bootstrap", "127.0.0.1:1")),
            DecisionLog.NONE)
        .sinkTo(new DiscardingSink<>());
    return env.getStreamGraph().getJobGraph();
  }
}
