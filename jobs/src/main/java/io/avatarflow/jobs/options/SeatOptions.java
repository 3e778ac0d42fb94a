package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import java.util.List;
import java.util.Map;
import org.apache.flink.configuration.ConfigOption;

/** How many live sessions a process carries, and who learns of it. */
public final class SeatOptions {
  public static final ConfigOption<Integer> SEATS =
      key("seats")
          .intType()
          .noDefaultValue()
          .withDescription(
              "Live sessions that a process carries, shared by its subtasks; others are refused with a hint when to ask"
                  + " again. Absent: the number of the capacity profile, or no limit where there is none.");

  public static final ConfigOption<String> SEATS_PROFILE =
      key("seats.profile")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Capacity profile as avatarflow bench capacity writes it, a file that every task manager can read; the job"
                  + " refuses to start when it was measured with another pack, device or kind of machine.");

  public static final ConfigOption<String> SEATS_TOPIC =
      key("seats.topic")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Topic that free seats are published to once a second, a JSON record for each subtask, for the placement"
                  + " library; a compacted topic suits. Not published when absent.");

  public static final ConfigOption<Map<String, String>> TENANT_SEATS =
      key("tenant-seats")
          .mapType()
          .defaultValue(Map.of())
          .withDescription(
              "Seats of each process that a tenant may hold at most, as tenant:seats,tenant:seats; * stands for every"
                  + " tenant that is not named.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(SEATS, SEATS_PROFILE, SEATS_TOPIC, TENANT_SEATS);

  private SeatOptions() {}
}
