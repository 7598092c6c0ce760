using System.Globalization;
using ControlChat.App.Ui;
using ControlChat.Core.Sessions;

namespace ControlChat.App.Sessions.Screens;

/// <summary>A session's state as an icon or a dot, a tone and words.</summary>
internal sealed record SessionWords(string Word, string Tone, string? Icon, bool Moving)
{
    public static SessionWords Of(SessionView view) => view.State switch
    {
        SessionState.Queued => new(view.QueuePosition is { } place ? Texts.InTheQueuePosition.With(place) : Texts.InTheQueue, "", "clock", false),
        SessionState.Starting => new(Texts.Starting, "accent", null, true),
        SessionState.Running => new(Texts.Running, "ok", null, true),
        SessionState.WaitingForApproval => new(Texts.WaitsForApproval, "accent", "shield", false),
        SessionState.Idle => new(Texts.WaitsForAMessage, "ok", "ok", false),
        _ => OfEnd(view.EndReason),
    };

    public static SessionWords OfEnd(string? reason) => reason switch
    {
        SessionEnd.Completed => new(Texts.Completed, "ok", "ok", false),
        SessionEnd.Stopped => new(Texts.Stopped, "off", "stop", false),
        SessionEnd.Expired => new(Texts.ItsTimeWasOver, "off", "clock", false),
        SessionEnd.Idle => new(Texts.NothingHappenedForTooLong, "off", "clock", false),
        SessionEnd.Panic => new(Texts.PanicStop, "warn", "stop", false),
        SessionEnd.Revoked => new(Texts.ItsOwnerLostTheRightTo, "danger", "lock", false),
        SessionEnd.WorkerLost => new(Texts.ItsWorkerWasLost, "danger", "failed", false),
        _ => new(Texts.Failed, "danger", "failed", false),
    };

    public static string Tokens(SessionUsage usage) => usage.BudgetTokens is { } budget
        ? Texts.TokensOf.With(Number(usage.InputTokens + usage.OutputTokens), Number(budget))
        : Texts.TokensUsed.With(Number(usage.InputTokens + usage.OutputTokens));

    /// <summary>"6:02", "1 h 4 min".</summary>
    public static string Lasted(SessionView view) => view is { StartedAt: { } from, EndedAt: { } to } ? TimeLeft.Text(to - from) : "–";

    private static string Number(long count) => count.ToString("N0", CultureInfo.InvariantCulture);
}
