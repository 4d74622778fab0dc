package org.xenolith.cpu.apic;

/**
 * Which interrupt goes to the processor, and when: IRR, ISR, TMR and the priorities that follow
 * from them (SDM vol. 3A, 11.8.3 and 11.8.4). A vector's class is its high four bits.
 */
final class PriorityLogic {
    final VectorSet inService = new VectorSet();
    final VectorSet triggerMode = new VectorSet();
    final VectorSet requested = new VectorSet();
    private int taskPriority;

    void reset() {
        inService.clear();
        triggerMode.clear();
        requested.clear();
        taskPriority = 0;
    }

    /** TPR: class and sub-class, 0 to 255. */
    int taskPriority() {
        return taskPriority;
    }

    void taskPriority(int priority) {
        taskPriority = priority;
    }

    /** PPR: the higher of the task's and the class of what is in service. */
    int processorPriority() {
        int service = Math.max(0, inService.highest());
        return taskPriority >> 4 >= service >> 4 ? taskPriority : service & 0xf0;
    }

    /** Requests a vector, 16 to 255. */
    void request(int vector, boolean level) {
        requested.add(vector);
        if (level) {
            triggerMode.add(vector);
        } else {
            triggerMode.remove(vector);
        }
    }

    boolean levelTriggered(int vector) {
        return triggerMode.contains(vector);
    }

    /** Whether anything waits, whatever its priority. */
    boolean pending() {
        return requested.highest() >= 0;
    }

    /** Whether the processor may be interrupted now. */
    boolean deliverable() {
        return requested.highest() >> 4 > processorPriority() >> 4;
    }

    /**
     * Moves the highest requested vector into service.
     *
     * @return it, or -1 if none may be delivered
     */
    int accept() {
        if (!deliverable()) {
            return -1;
        }
        int vector = requested.highest();
        requested.remove(vector);
        inService.add(vector);
        return vector;
    }

    /**
     * Ends the highest interrupt in service.
     *
     * @return its vector, or -1 if there was none
     */
    int end() {
        int vector = inService.highest();
        if (vector >= 0) {
            inService.remove(vector);
        }
        return vector;
    }

    /**
     * Reads one of the 24 registers.
     *
     * @param index 0 to 7 for ISR, 8 to 15 for TMR, 16 to 23 for IRR
     */
    int read(int index) {
        VectorSet set =
                switch (index >> 3) {
                    case 0 -> inService;
                    case 1 -> triggerMode;
                    default -> requested;
                };
        return set.word(index & 7);
    }
}
