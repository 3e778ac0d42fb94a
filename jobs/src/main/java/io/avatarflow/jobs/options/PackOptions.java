package io.avatarflow.jobs.options;

import static org.apache.flink.configuration.ConfigOptions.key;

import io.avatarflow.operators.identity.IdentityPolicy;
import java.util.List;
import org.apache.flink.configuration.ConfigOption;

/** Which model the job serves, and whose face it may drive. */
public final class PackOptions {
  public static final ConfigOption<String> PACK =
      key("pack")
          .stringType()
          .defaultValue("reference")
          .withDescription(
              "Model pack that the job serves: the name of a bundled pack, or the path of a pack's"
                  + " directory or jar that every task manager can read.");

  public static final ConfigOption<String> PACK_DIGEST =
      key("pack-digest")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "SHA-256 that the pack must have, hexadecimal; the job refuses to start with another"
                  + " pack. Not checked when absent.");

  public static final ConfigOption<IdentityPolicy> IDENTITY_POLICY =
      key("identity.policy")
          .enumType(IdentityPolicy.class)
          .defaultValue(IdentityPolicy.BUNDLED)
          .withDescription(
              "Whose face may be driven: only the identities that the pack bundles, or any picture"
                  + " a session brings.");

  public static final ConfigOption<String> IDENTITY_ROOT =
      key("identity.root")
          .stringType()
          .noDefaultValue()
          .withDescription(
              "Folder that identity paths are confined to; sessions that name a path are refused"
                  + " when absent.");

  /** All of them, in the order of the documentation. */
  public static final List<ConfigOption<?>> ALL =
      List.of(PACK, PACK_DIGEST, IDENTITY_POLICY, IDENTITY_ROOT);

  private PackOptions() {}
}
