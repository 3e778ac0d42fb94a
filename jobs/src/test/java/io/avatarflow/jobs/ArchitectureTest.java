package io.avatarflow.jobs;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(packages = "io.avatarflow", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {
  @ArchTest
  static final ArchRule SCHEMAS_KNOW_NEITHER_OPERATORS_NOR_JOBS =
      noClasses()
          .that()
          .resideInAPackage("io.avatarflow.schemas..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("io.avatarflow.operators..", "io.avatarflow.jobs..");

  @ArchTest
  static final ArchRule OPERATORS_DO_NOT_KNOW_JOBS =
      noClasses()
          .that()
          .resideInAPackage("io.avatarflow.operators..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.avatarflow.jobs..");

  @ArchTest
  static final ArchRule THE_JOB_DOES_NOT_KNOW_THE_COMMAND_LINE =
      noClasses()
          .that()
          .resideOutsideOfPackage("io.avatarflow.jobs.cli..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("io.avatarflow.jobs.cli..");
}
