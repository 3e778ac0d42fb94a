package io.avatarflow.jobs.start;

import io.avatarflow.operators.pack.PackContents;
import io.avatarflow.operators.pack.PackException;
import io.avatarflow.operators.pack.PackSource;
import java.util.List;

/** The pack is the pinned one and whole: every file has the digest that its manifest lists. */
final class PackPin {
  private PackPin() {}

  /**
   * @param pack name or path of the pack
   * @param pinned the digest it must have, or null when none is pinned
   */
  static void check(String pack, String pinned) {
    try (PackSource source = PackSource.of(pack)) {
      PackContents contents = PackContents.open(source);
      if (pinned != null && !pinned.equalsIgnoreCase(contents.digest())) {
        throw new StartException(
            "Pack \"%s\" has digest %s, the job pins %s; give the pack that was pinned or change --pack-digest."
                .formatted(pack, contents.digest(), pinned));
      }
      List<String> problems = contents.problems();
      if (!problems.isEmpty()) {
        throw new StartException(problems.get(0));
      }
    } catch (PackException e) {
      throw new StartException(e.getMessage());
    }
  }
}
