using ControlChat.App.Ui;
using ControlChat.Core.Runner;

namespace ControlChat.App.Ask;

/// <summary>Which model answers, as the composer shows it.</summary>
public sealed record ModelBadge(string Text, string Icon, string Tone, string Title)
{
    public static ModelBadge Of(ModelState state, DateTimeOffset now)
    {
        if (state.Provider == ModelClients.Offline) return new ModelBadge(Texts.OfflinePlanner, "planner", "accent", Texts.NoModelIsConfiguredThePlanner);
        if (state.Reachable != false) return new ModelBadge(state.Name, "ok", "", state.Reachable is null ? Texts.WasNotCalledYet.With(state.Name) : Texts.ModelAnswers.With(state.Name));
        var left = state.RetryAt is { } at ? Math.Max(0, (int)Math.Ceiling((at - now).TotalSeconds)) : 0;
        var retry = left > 0 ? Texts.RetryIn.With(left) : Texts.TheNextMessageTriesAgain;
        return new ModelBadge(Texts.NotReachable.With(state.Name, retry), "offline", "warn", Texts.UntilThenTheOfflinePlannerAnswers.With(state.LastError).Trim());
    }
}
