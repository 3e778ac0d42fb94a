package io.avatarflow.jobs.live;

import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.Topics;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;

/**
 * What is spoken into a cell.
 *
 * @param bootstrap brokers as host:port
 * @param kafka settings of the Kafka clients, passed through
 * @param topics of the cell
 * @param maxParallelism the job's max parallelism, which says where a key belongs
 * @param keys the sessions; a key is never used twice in the life of a cell
 * @param pack name or path of the pack that the cell serves
 * @param identity name of a bundled identity; empty for the pack's first
 * @param seed of the first session; each next one has the next
 * @param audio what every session says
 */
public record SpeakRequest(
    String bootstrap,
    Properties kafka,
    Topics topics,
    int maxParallelism,
    List<SessionKey> keys,
    String pack,
    String identity,
    long seed,
    Path audio) {
  public SpeakRequest {
    keys = List.copyOf(keys);
  }
}
