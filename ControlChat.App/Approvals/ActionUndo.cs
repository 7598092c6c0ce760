using System.Text.Json;
using ControlChat.App.Approvals.Cards;
using ControlChat.Core.Accounts;
using ControlChat.Core.Gate;

namespace ControlChat.App.Approvals;

/// <summary>What an Undo button does: asks for the way back by the one door, as the person who clicked.</summary>
public sealed class ActionUndo(ApprovalDesk desk)
{
    /// <summary>Undone at once, or a plan that waits, or why not.</summary>
    public async Task<UndoLook> UndoAsync(Principal reader, string actionId, CancellationToken cancellationToken)
    {
        // A key for each click: after a declined way back, asking again is asking anew. Undoing twice is refused by the tool.
        var call = new ToolCall("undo", $"ui-undo-{Guid.CreateVersion7():n}", JsonSerializer.SerializeToElement(new { action_id = actionId }), new CallOrigin("ui"));
        var outcome = await desk.Gate.InvokeAsync(reader, call, cancellationToken);
        return outcome switch
        {
            { Status: "completed" } => new UndoLook(false, UndoneAt: desk.Time.GetUtcNow()),
            { Status: "confirmation_required", ApprovalId: { } id } => new UndoLook(true, PlanId: id, Words: Texts.WayBackWaits),
            _ => new UndoLook(false, Words: outcome.Error?.Message ?? Texts.NotUndone),
        };
    }
}
