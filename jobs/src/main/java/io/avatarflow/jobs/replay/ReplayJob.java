package io.avatarflow.jobs.replay;

import io.avatarflow.schemas.MalformedRecordException;
import io.avatarflow.schemas.RecordCodec;
import io.avatarflow.schemas.RecordedMessage;
import io.avatarflow.schemas.SessionKey;
import io.avatarflow.schemas.SessionOpen;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.apache.avro.file.DataFileReader;

/** The job's arguments for a replay. */
final class ReplayJob {
  /** Max parallelism of replay jobs. */
  static final int MAX_PARALLELISM = 60;

  private ReplayJob() {}

  /** Arguments that every replay has; the topics are the caller's. */
  static List<String> arguments(ReplayRequest request) throws IOException {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "--pack",
                request.pack().isPresent() ? request.pack().get() : recordedPack(request),
                "--input",
                "recorded",
                "--start-from",
                "earliest",
                "--pacing",
                "asap",
                // A pause of the replay is none of the session.
                "--idle-timeout",
                "0 s",
                "--identity.policy",
                "any",
                "--max-parallelism",
                Integer.toString(MAX_PARALLELISM),
                "--parallelism",
                Integer.toString(request.parallelism())));
    request
        .identityRoot()
        .ifPresent(root -> arguments.addAll(List.of("--identity.root", root.toString())));
    return arguments;
  }

  /** The one pack that all sessions were opened with. */
  private static String recordedPack(ReplayRequest request) throws IOException {
    TreeSet<String> packs = new TreeSet<>();
    for (SessionKey key : request.recording().sessions()) {
      MessageLog input = request.recording().input(key);
      try (DataFileReader<RecordedMessage> log = input.read()) {
        while (log.hasNext()) {
          Object body = RecordCodec.input().decode(RecordedDecisions.bytes(log.next())).getBody();
          if (body instanceof SessionOpen open) {
            packs.add(open.getPack().getName());
            break;
          }
        }
      } catch (MalformedRecordException e) {
        throw new IOException(
            "Recording %s holds a record that cannot be read: %s"
                .formatted(input.file(), e.getMessage()),
            e);
      }
    }
    if (packs.size() != 1) {
      throw new IOException(
          packs.isEmpty()
              ? "Recording %s opens no session; give one with a SessionOpen in it."
                  .formatted(request.recording().root())
              : "The sessions use the packs %s, a replay serves one; choose it with --pack or sessions with --session."
                  .formatted(packs));
    }
    return packs.first();
  }
}
