using System.Text.Json.Nodes;
using ControlChat.Core.Bus;
using ControlChat.Core.Hub;
using ControlChat.Core.Sessions.Terminals;
using ControlChat.Core.Sessions.Terminals.Live;

namespace ControlChat.Core.Sessions.Work;

/// <summary>Types into a terminal at work what people ask for by the API, in order. Whatever becomes of it, it is typed once at most: half a command must not be typed again.</summary>
internal sealed class TerminalPost(SessionTools tools, Session session, LiveTerminal live, TerminalDoor door, Signal look)
{
    private long _interrupts = session.Interrupts;

    /// <summary>Until the token ends it.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var seen = look.Version;
            try
            {
                await DeliverAsync(cancellationToken);
            }
            catch (HubUnavailableException)
            {
                // Its worker looks again.
            }
            await look.WaitAsync(seen, cancellationToken);
        }
    }

    private async Task DeliverAsync(CancellationToken cancellationToken)
    {
        IReadOnlyList<StoredSessionEvent> messages;
        string? interrupter = null;
        long interrupts;
        await using (var reader = await tools.Database.ReadAsync(cancellationToken))
        {
            if (await tools.Sessions.FindAsync(reader, session.Id, cancellationToken) is not { HasEnded: false } now || now.Fence != session.Fence) return;
            interrupts = now.Interrupts;
            if (interrupts > _interrupts) interrupter = await TerminalTyping.InterrupterAsync(reader, session.Id, interrupts, cancellationToken);
            messages = await SessionClaims.WaitingMessagesAsync(reader, session.Id, now.DeliveredSeq, cancellationToken);
        }
        foreach (var message in messages.Where(m => m.Seq < interrupts)) await TypeAsync(message, cancellationToken);
        if (interrupts > _interrupts)
        {
            _interrupts = interrupts;
            if (interrupter is not null && !await door.InterruptAsync(interrupter, cancellationToken)) Refuse("The interrupt was not typed: somebody else is in control, or the program takes nothing.");
        }
        foreach (var message in messages.Where(m => m.Seq > interrupts)) await TypeAsync(message, cancellationToken);
    }

    private async Task TypeAsync(StoredSessionEvent message, CancellationToken cancellationToken)
    {
        await using (var transaction = await tools.Database.BeginAsync(cancellationToken))
        {
            await SessionClaims.DeliveredAsync(transaction, session.Id, session.Fence, message.Seq, cancellationToken);
            await transaction.CommitAsync(cancellationToken);
        }
        var said = JsonNode.Parse(message.Data)!;
        ReadOnlyMemory<byte> keys = TerminalTyping.Keys(said["text"]!.GetValue<string>());
        try
        {
            for (; keys.Length > 0; keys = keys[Math.Min(keys.Length, TerminalPace.MostPiece)..])
                if (!await door.SayAsync(said["account_id"]!.GetValue<string>(), keys[..Math.Min(keys.Length, TerminalPace.MostPiece)], cancellationToken))
                {
                    Refuse("A message was not typed, or not to its end: somebody else is in control.");
                    return;
                }
        }
        catch (TerminalBusyException e)
        {
            Refuse($"A message was not typed, or not to its end. {e.Message}");
        }
    }

    private void Refuse(string why) => live.Say(why, "not_typed");
}
