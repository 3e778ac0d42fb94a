package io.avatarflow.operators;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption.DoNotIncludeTests;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchCondition;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.lang.ConditionEvents;
import com.tngtech.archunit.lang.SimpleConditionEvent;
import io.avatarflow.operators.stage.Stage;

/** The directions in which this module's packages may depend on each other. */
@AnalyzeClasses(packages = "io.avatarflow.operators", importOptions = DoNotIncludeTests.class)
class ArchitectureTest {
  private static final String ROOT = "io.avatarflow.operators.";

  @ArchTest
  static final ArchRule ONLY_THE_HOST_KNOWS_FLINK =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "host..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("org.apache.flink..", ROOT + "host..");

  @ArchTest
  static final ArchRule NOTHING_KNOWS_THE_JOBS =
      noClasses().should().dependOnClassesThat().resideInAPackage("io.avatarflow.jobs..");

  @ArchTest
  static final ArchRule CONTRACTS_KNOW_NO_STAGE =
      noClasses()
          .that()
          .resideInAnyPackage(ROOT + "stage..", ROOT + "tensor..")
          .should()
          .dependOnClassesThat(
              new DescribedPredicate<JavaClass>("belong to a part of the pipeline") {
                @Override
                public boolean test(JavaClass type) {
                  return type.getPackageName().startsWith(ROOT)
                      && !type.getPackageName().startsWith(ROOT + "stage")
                      && !type.getPackageName().startsWith(ROOT + "tensor");
                }
              });

  @ArchTest
  static final ArchRule PARTS_DO_NOT_KNOW_INGEST =
      noClasses()
          .that()
          .resideOutsideOfPackage(ROOT + "ingest..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage(ROOT + "ingest..");

  @ArchTest
  static final ArchRule STAGES_DO_NOT_KNOW_EACH_OTHER =
      classes()
          .that()
          .areAssignableTo(Stage.class)
          .should(
              new ArchCondition<JavaClass>("not depend on another stage") {
                @Override
                public void check(JavaClass stage, ConditionEvents events) {
                  stage.getDirectDependenciesFromSelf().stream()
                      .filter(d -> d.getTargetClass().isAssignableTo(Stage.class))
                      .filter(d -> !d.getTargetClass().isInterface())
                      .filter(d -> !d.getTargetClass().equals(stage))
                      .forEach(
                          d -> events.add(SimpleConditionEvent.violated(d, d.getDescription())));
                }
              });
}
