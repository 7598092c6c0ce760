using ControlChat.Core.Hub;

namespace ControlChat.Core.Bus;

internal static class BusFigures
{
    public static HubFigure Backlog { get; } = new(
        "controlchat.outbox.backlog", null, "Announcements that were committed and not yet sent.",
        async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from outbox", null, cancellationToken));

    public static HubFigure Up(IBus bus) => new(
        "controlchat.bus.up", null, "1 while the bus answers, else 0.",
        async (_, cancellationToken) => await bus.IsHealthyAsync(cancellationToken) ? 1 : 0);

    public static HubFigure DeadLetters(IBus bus) => new(
        "controlchat.dead_letter_queue.size", null, "Messages and outbox rows that were given up and wait for an admin.",
        async (reader, cancellationToken) => await reader.FindAsync<long>("select count(*) from dead_letters", null, cancellationToken) + await bus.CountDeadLettersAsync(cancellationToken));
}
