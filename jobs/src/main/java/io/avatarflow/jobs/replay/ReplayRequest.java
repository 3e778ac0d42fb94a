package io.avatarflow.jobs.replay;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What a replay is asked for.
 *
 * @param recording the recorded sessions
 * @param pack name or path of the pack; empty for the one that the sessions were opened with
 * @param asLived true to repeat the recorded decisions, false to ignore them
 * @param speed times the recorded speed; infinite for as fast as possible
 * @param parallelism of the job
 * @param jobOptions further arguments of the job, which win over those of a replay
 * @param identityRoot folder of identity paths
 */
public record ReplayRequest(
    RecordingFolder recording,
    Optional<String> pack,
    boolean asLived,
    double speed,
    int parallelism,
    List<String> jobOptions,
    Optional<Path> identityRoot) {}
