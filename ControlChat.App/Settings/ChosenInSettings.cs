using ControlChat.App.Layout;
using ControlChat.App.SignIn;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;

namespace ControlChat.App.Settings;

/// <summary>The personal settings as the frame needs them: a new browser looks like the last one.</summary>
internal sealed class ChosenInSettings(PersonalSettings settings, CircuitPrincipal who) : IReaderChoices
{
    public string? BrowserZone => who.Zone;

    public async Task<ReaderChoices> ReadAsync(CancellationToken cancellationToken)
    {
        if (who.Current is not { } person) return ReaderChoices.None;
        try
        {
            var chosen = await settings.ChosenAsync(person.AccountId, cancellationToken);
            return new ReaderChoices(chosen.GetValueOrDefault("Ui:TimeZone"), chosen.GetValueOrDefault("Ui:Theme"), chosen.TryGetValue("Ui:Letters", out var letters) ? letters == "true" : null,
                (await settings.OfAsync(person.AccountId, cancellationToken)).PageSize);
        }
        catch (HubUnavailableException)
        {
            // How things look is no reason not to show them.
            return ReaderChoices.None;
        }
    }
}

internal static class SettingsPageServices
{
    public static IServiceCollection AddSettingsPage(this IServiceCollection services) => services.AddScoped<IReaderChoices, ChosenInSettings>();
}
