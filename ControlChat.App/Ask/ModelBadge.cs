using System.Globalization;
using ControlChat.Core.Runner;

namespace ControlChat.App.Ask;

/// <summary>Which model answers, as the composer shows it.</summary>
public sealed record ModelBadge(string Text, string Icon, string Tone, string Title)
{
    public static ModelBadge Of(ModelState state, DateTimeOffset now)
    {
        if (state.Provider == ModelClients.Offline) return new ModelBadge("Offline planner", "planner", "accent", "No model is configured. The planner understands slash commands and plain sentences.");
        if (state.Reachable != false) return new ModelBadge(state.Name, "ok", "", state.Reachable is null ? $"{state.Name} was not called yet" : $"{state.Name} answers");
        var left = state.RetryAt is { } at ? Math.Max(0, (int)Math.Ceiling((at - now).TotalSeconds)) : 0;
        var retry = left > 0 ? string.Create(CultureInfo.InvariantCulture, $", retry in {left} s") : ", the next message tries again";
        return new ModelBadge($"{state.Name} not reachable{retry}", "offline", "warn", $"{state.LastError} Until then the offline planner answers what it can.".Trim());
    }
}
