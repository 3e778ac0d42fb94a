package io.avatarflow.schemas;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.flink.runtime.state.KeyGroupRangeAssignment;

class SessionPartitionerTest {
  @Property
  void keyGroupEqualsFlinks(
      @ForAll String key, @ForAll @IntRange(min = 1, max = 32768) int maxParallelism) {
    assertThat(SessionPartitioner.keyGroup(key, maxParallelism))
        .isEqualTo(KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism));
  }

  @Property
  void hashEqualsFlinks(@ForAll int code) {
    assertThat(SessionPartitioner.murmur(code))
        .isEqualTo(org.apache.flink.util.MathUtils.murmurHash(code))
        .isNotNegative();
  }

  @Property
  void aPartitionIsOwnedByOneSubtaskAtEveryParallelismThatDividesThePartitions(
      @ForAll @IntRange(min = 1, max = 12) int parallelism,
      @ForAll @IntRange(min = 1, max = 12) int partitionsPerSubtask,
      @ForAll @IntRange(min = 1, max = 12) int keyGroupsPerPartition) {
    int partitions = parallelism * partitionsPerSubtask;
    int maxParallelism = partitions * keyGroupsPerPartition;
    SessionPartitioner partitioner = new SessionPartitioner(maxParallelism, partitions);
    for (int subtask = 0; subtask < parallelism; subtask++) {
      KeyGroupRange range =
          KeyGroupRangeAssignment.computeKeyGroupRangeForOperatorIndex(
              maxParallelism, parallelism, subtask);
      for (int keyGroup : range) {
        assertThat(partitioner.partitionOfKeyGroup(keyGroup) / partitionsPerSubtask)
            .isEqualTo(subtask);
      }
    }
  }

  @Example
  void publishedVectorsHoldForUsAndForFlink() throws IOException {
    JsonNode root;
    try (InputStream in =
        SessionPartitioner.class.getResourceAsStream("partitioner-vectors.json")) {
      root = new ObjectMapper().readTree(in);
    }
    assertThat(root.get("vectors")).hasSizeGreaterThan(15);
    for (JsonNode vector : root.get("vectors")) {
      String key = vector.get("key").textValue();
      assertThat(key.hashCode()).as(key).isEqualTo(vector.get("javaHash").intValue());
      assertThat(SessionPartitioner.murmur(key.hashCode()))
          .as(key)
          .isEqualTo(vector.get("murmur").intValue());
      assertThat(vector.get("placements")).hasSizeGreaterThan(2);
      for (JsonNode placement : vector.get("placements")) {
        int maxParallelism = placement.get("maxParallelism").intValue();
        int keyGroup = placement.get("keyGroup").intValue();
        assertThat(KeyGroupRangeAssignment.assignToKeyGroup(key, maxParallelism))
            .as(key)
            .isEqualTo(keyGroup);
        assertThat(SessionPartitioner.keyGroup(key, maxParallelism)).as(key).isEqualTo(keyGroup);
        assertThat(
                new SessionPartitioner(maxParallelism, placement.get("partitions").intValue())
                    .partitionOfKeyGroup(keyGroup))
            .as(key)
            .isEqualTo(placement.get("partition").intValue());
      }
    }
  }

  @Example
  void aSessionsPartitionFollowsItsKeyGroup() {
    SessionPartitioner partitioner = new SessionPartitioner(60, 12);
    SessionKey key = new SessionKey("acme", "call-0017");
    assertThat(partitioner.partition(key))
        .isEqualTo(KeyGroupRangeAssignment.assignToKeyGroup("acme/call-0017", 60) / 5);
  }

  @Example
  void numbersThatDoNotFitAreRefused() {
    assertThatThrownBy(() -> new SessionPartitioner(60, 7))
        .hasMessage(
            "7 partitions do not divide the max parallelism 60; create the topic with a divisor"
                + " of it.");
    assertThatThrownBy(() -> new SessionPartitioner(60, 0))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new SessionPartitioner(40_000, 1))
        .hasMessage("Max parallelism 40000 is not in 1 to 32768; give the one of the job.");
  }
}
