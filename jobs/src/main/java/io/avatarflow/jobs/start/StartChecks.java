package io.avatarflow.jobs.start;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.lanes.LaneLayout;
import io.avatarflow.jobs.options.GraphOptions;
import io.avatarflow.jobs.options.PackOptions;
import io.avatarflow.jobs.options.TopicOptions;
import java.util.Map;

/**
 * What is looked at before the job is submitted: credentials, the pack, and the topics.
 *
 * <p>All of it would also fail later, on a worker, behind a stack trace and after restarts; here it
 * is one line and nothing has run.
 */
public final class StartChecks {
  private StartChecks() {}

  /**
   * Runs all checks, the cheap ones first.
   *
   * @param parallelism the job's parallelism
   * @throws StartException if the job could not do its work, with what to do about it
   */
  public static void run(AvatarJobArguments arguments, int parallelism) {
    Credentials.check(arguments.kafka());
    PackPin.check(arguments.get(PackOptions.PACK), arguments.get(PackOptions.PACK_DIGEST));
    TopicChecks.run(arguments, parallelism);
  }

  /**
   * How many partitions each topic of the job has, by name.
   *
   * @throws StartException if that cannot be had
   */
  public static Map<String, Integer> partitions(AvatarJobArguments arguments) {
    Credentials.check(arguments.kafka());
    return TopicChecks.partitions(arguments);
  }

  /**
   * The lanes of the job.
   *
   * @param partitions of its input topic
   * @throws StartException if a subtask would not read whole ones
   */
  public static LaneLayout lanes(AvatarJobArguments arguments, int parallelism, int partitions) {
    TopicChecks.checkDivisor(arguments, TopicOptions.INPUT_TOPIC, partitions);
    LaneLayout lanes = new LaneLayout(arguments.get(GraphOptions.MAX_PARALLELISM), partitions);
    try {
      lanes.check(parallelism);
    } catch (IllegalArgumentException e) {
      throw new StartException(
          "Topic \"%s\" does not fit --topology lanes: %s"
              .formatted(arguments.get(TopicOptions.INPUT_TOPIC), e.getMessage()));
    }
    return lanes;
  }
}
