using System.Text.Json;
using System.Text.Json.Nodes;
using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.App.Ui;
using ControlChat.Core.Gate;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Settings;

/// <summary>The personal settings as the frame needs them: a new browser looks like the last one.</summary>
internal sealed class ChosenInSettings(PersonalSettings settings, CircuitPrincipal who, IToolGate gate) : IReaderChoices
{
    private const string Clock = "Ui:Clock";

    public event Action? ClockMoved;

    public string? BrowserZone => who.Zone;

    public async Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken)
    {
        if (who.Current is not { } person) return ReaderChoices.None;
        try
        {
            var chosen = await settings.ChosenAsync(person.AccountId, cancellationToken);
            return new ReaderChoices(chosen.GetValueOrDefault("Ui:TimeZone"), chosen.GetValueOrDefault("Ui:Theme"), chosen.TryGetValue("Ui:Letters", out var letters) ? letters == "true" : null,
                (await settings.OfAsync(person.AccountId, cancellationToken)).PageSize, chosen.GetValueOrDefault(Clock) == "UTC");
        }
        catch (HubUnavailableException)
        {
            // How things look is no reason not to show them.
            return ReaderChoices.None;
        }
    }

    public async Task<string?> ShowUtcAsync(bool utc, CancellationToken cancellationToken)
    {
        var arguments = JsonSerializer.SerializeToElement(new JsonObject { ["key"] = Clock, ["value"] = utc ? "UTC" : null });
        var outcome = await gate.InvokeAsync(who.Required, new ToolCall("config.set", Ids.New("req"), arguments, new CallOrigin("ui")), cancellationToken);
        if (outcome.Error is { } error) return Texts.NotChanged.With(error.Message);
        MoveClock();
        return null;
    }

    public void MoveClock() => ClockMoved?.Invoke();
}

internal static class SettingsPageServices
{
    public static IServiceCollection AddSettingsPage(this IServiceCollection services) => services.AddScoped<IReaderChoices, ChosenInSettings>();
}
