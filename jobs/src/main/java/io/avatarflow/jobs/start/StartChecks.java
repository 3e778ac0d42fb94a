package io.avatarflow.jobs.start;

import io.avatarflow.jobs.AvatarJobArguments;
import io.avatarflow.jobs.AvatarJobOptions;

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
    PackPin.check(
        arguments.get(AvatarJobOptions.PACK), arguments.get(AvatarJobOptions.PACK_DIGEST));
    TopicChecks.run(arguments, parallelism);
  }
}
