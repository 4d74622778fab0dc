package org.xenolith.cli.architecture;

import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import org.junit.jupiter.api.Test;

/** The import rules of the tree: only downwards between modules, no cycles inside them. */
final class DependenciesTest {
    @Test
    void importsOnlyGoDown() {
        layeredArchitecture()
                .consideringOnlyDependenciesInLayers()
                .withOptionalLayers(true)
                .layer("cli")
                .definedBy("org.xenolith.cli..")
                .layer("pv")
                .definedBy("org.xenolith.pv..")
                .layer("hvm")
                .definedBy("org.xenolith.hvm..")
                .layer("xen")
                .definedBy("org.xenolith.xen..")
                .layer("devices")
                .definedBy("org.xenolith.devices..")
                .layer("firmware")
                .definedBy("org.xenolith.firmware..")
                .layer("cpu")
                .definedBy("org.xenolith.cpu..")
                .whereLayer("cli")
                .mayNotBeAccessedByAnyLayer()
                .whereLayer("pv")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("hvm")
                .mayOnlyBeAccessedByLayers("cli")
                .whereLayer("xen")
                .mayOnlyBeAccessedByLayers("pv", "hvm", "cli")
                .whereLayer("devices")
                .mayOnlyBeAccessedByLayers("pv", "hvm", "cli")
                .whereLayer("firmware")
                .mayOnlyBeAccessedByLayers("xen", "pv", "hvm", "cli")
                .whereLayer("cpu")
                .mayOnlyBeAccessedByLayers("xen", "devices", "pv", "hvm", "cli")
                .check(OurClasses.ALL);
    }

    @Test
    void packagesHaveNoCycles() {
        slices().matching("org.xenolith.(**)").should().beFreeOfCycles().check(OurClasses.ALL);
    }
}
