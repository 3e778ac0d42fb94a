package io.avatarflow.operators.proof;

import java.util.List;

/**
 * What the verification of a pack found.
 *
 * @param pack the pack's name, or where it was looked for when its manifest could not be read
 * @param digest the pack's digest, empty when its manifest could not be read
 * @param checks every check, in the order in which they were made
 * @param notices what is worth knowing though it is no failure, a sentence each
 */
public record VerificationReport(
    String pack, String digest, List<Check> checks, List<String> notices) {
  public VerificationReport {
    checks = List.copyOf(checks);
    notices = List.copyOf(notices);
  }

  /**
   * One check.
   *
   * @param name what was checked, for example {@code proof two-steps}
   * @param ok whether it holds
   * @param detail the figure that was found, or a sentence that says what is wrong
   * @param millis how long it took
   */
  public record Check(String name, boolean ok, String detail, long millis) {}

  /** True when every check holds. */
  public boolean ok() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::ok);
  }
}
