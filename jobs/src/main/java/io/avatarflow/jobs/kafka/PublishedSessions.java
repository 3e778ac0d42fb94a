package io.avatarflow.jobs.kafka;

import io.avatarflow.jobs.client.StreamCursor;
import io.avatarflow.jobs.client.StreamCursor.Verdict;
import io.avatarflow.operators.host.PublishedSession;
import io.avatarflow.schemas.BlockFill;
import io.avatarflow.schemas.DecisionMark;
import io.avatarflow.schemas.EncodedFrame;
import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.OpenMark;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.SessionOutput;
import io.avatarflow.schemas.SessionPartitioner;
import io.avatarflow.schemas.SkippedMark;
import io.avatarflow.schemas.StreamMark;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.apache.flink.runtime.state.KeyGroupRange;
import org.apache.kafka.clients.consumer.ConsumerRecord;

/**
 * Collects what a part of the frames topic tells of the sessions in some key groups, by the rules
 * of any reader. Not thread-safe.
 */
final class PublishedSessions {
  private final int maxParallelism;
  private final KeyGroupRange keyGroups;
  private final RecordCodec<SessionOutput> codec = RecordCodec.output();
  private final Map<String, Session> sessions = new LinkedHashMap<>();

  PublishedSessions(int maxParallelism, KeyGroupRange keyGroups) {
    this.maxParallelism = maxParallelism;
    this.keyGroups = keyGroups;
  }

  /** Takes the next record of a partition. */
  void add(ConsumerRecord<byte[], byte[]> record) throws IOException {
    String key = new String(record.key(), StandardCharsets.UTF_8);
    if (!keyGroups.contains(SessionPartitioner.keyGroup(key, maxParallelism))) {
      return;
    }
    try {
      sessions
          .computeIfAbsent(key, Session::new)
          .add(codec.decode(record.value()), record.timestamp());
    } catch (MalformedRecordException e) {
      throw new IOException(
          "Topic %s, partition %d, offset %d holds what is not a SessionOutput: %s"
              .formatted(record.topic(), record.partition(), record.offset(), e.getMessage()),
          e);
    }
  }

  /** All sessions, in the order in which they came up. */
  List<PublishedSession> all() {
    return sessions.values().stream().map(Session::published).toList();
  }

  private static final class Session {
    private final String key;
    private final StreamCursor cursor = new StreamCursor();
    private final List<DecisionMark> decisions = new ArrayList<>();
    private OptionalLong openedMillis = OptionalLong.empty();
    private long lastBlock = -1;

    Session(String key) {
      this.key = key;
    }

    void add(SessionOutput output, long timestamp) {
      Verdict verdict = cursor.accept(output);
      if (verdict != Verdict.TAKE) {
        return;
      }
      if (output.getBody() instanceof EncodedFrame frame) {
        lastBlock = Math.max(lastBlock, frame.getBlock());
      } else if (output.getBody() instanceof StreamMark mark) {
        if (mark.getBody() instanceof DecisionMark decision) {
          decisions.add(decision);
        } else if (mark.getBody() instanceof SkippedMark skipped) {
          goOnFrom(skipped);
        } else if (mark.getBody() instanceof OpenMark) {
          openedMillis = OptionalLong.of(timestamp);
        }
      }
    }

    /**
     * A part that begins with a skip lacks the decision about the block before it, by which a
     * restored session sees that none is missing between; one without samples says the same.
     */
    private void goOnFrom(SkippedMark skipped) {
      if (decisions.isEmpty() && skipped.getFromBlock() > 0) {
        decisions.add(
            new DecisionMark(skipped.getFromBlock() - 1, 0L, 0, BlockFill.NONE, List.of(), 0, 0L));
      }
    }

    PublishedSession published() {
      return new PublishedSession(key, cursor.attempt(), lastBlock, openedMillis, decisions);
    }
  }
}
