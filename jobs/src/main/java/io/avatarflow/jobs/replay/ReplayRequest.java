package io.avatarflow.jobs.replay;

import java.nio.file.Path;
import java.util.Optional;

/**
 * What a replay is asked for.
 *
 * @param recording the recorded sessions
 * @param pack name or path of the pack; empty for the one that the sessions were opened with
 * @param asLived true to repeat the recorded decisions, false to ignore them
 * @param speed times the recorded speed; infinite for as fast as possible
 * @param parallelism of the job
 * @param identityRoot folder of identity paths
 */
public record ReplayRequest(
    RecordingFolder recording,
    Optional<String> pack,
    boolean asLived,
    double speed,
    int parallelism,
    Optional<Path> identityRoot) {}
