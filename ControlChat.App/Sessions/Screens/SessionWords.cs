using System.Globalization;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>A session's state as an icon or a dot, a tone and words.</summary>
internal sealed record SessionWords(string Word, string Tone, string? Icon, bool Moving)
{
    public static SessionWords Of(SessionView view) => view.State switch
    {
        SessionState.Queued => new(view.QueuePosition is { } place ? string.Create(CultureInfo.InvariantCulture, $"In the queue, position {place}") : "In the queue", "", "clock", false),
        SessionState.Starting => new("Starting", "accent", null, true),
        SessionState.Running => new("Running", "ok", null, true),
        SessionState.WaitingForApproval => new("Waits for approval", "accent", "shield", false),
        SessionState.Idle => new("Waits for a message", "ok", "ok", false),
        _ => OfEnd(view.EndReason),
    };

    public static SessionWords OfEnd(string? reason) => reason switch
    {
        SessionEnd.Completed => new("Completed", "ok", "ok", false),
        SessionEnd.Stopped => new("Stopped", "off", "stop", false),
        SessionEnd.Expired => new("Its time was over", "off", "clock", false),
        SessionEnd.Idle => new("Nothing happened for too long", "off", "clock", false),
        SessionEnd.Panic => new("Panic stop", "warn", "stop", false),
        SessionEnd.Revoked => new("Its owner lost the right to it", "danger", "lock", false),
        SessionEnd.WorkerLost => new("Its worker was lost", "danger", "failed", false),
        _ => new("Failed", "danger", "failed", false),
    };

    public static string Tokens(SessionUsage usage) => usage.BudgetTokens is { } budget
        ? string.Create(CultureInfo.InvariantCulture, $"{usage.InputTokens + usage.OutputTokens:N0} of {budget:N0} tokens")
        : string.Create(CultureInfo.InvariantCulture, $"{usage.InputTokens + usage.OutputTokens:N0} tokens");

    /// <summary>"6:02", "1 h 4 min".</summary>
    public static string Lasted(SessionView view) => view is { StartedAt: { } from, EndedAt: { } to } ? Ui.TimeLeft.Text(to - from) : "–";
}
