using ControlChat.Core.Accounts;
using ControlChat.Core.Audit;
using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.Extensions.DependencyInjection;

namespace ControlChat.Core.Webhooks;

public static class WebhookServices
{
    /// <summary>What the operator's endpoints are told.</summary>
    public static IServiceCollection AddWebhooks(this IServiceCollection services) => services
        .AddSingleton(p => WebhookEndpoints.Of(p.GetRequiredService<LoadedSettings>().Options.Webhooks, p.GetRequiredService<HubSecrets>()))
        .AddSingleton<WebhookStore>()
        .AddSingleton<WebhookTiming>()
        .AddSingleton(p => new WebhookOutbox(p.GetRequiredService<WebhookEndpoints>(), p.GetRequiredService<WebhookStore>()))
        .AddSingleton(p => new WebhookSender(p.GetRequiredService<WebhookEndpoints>().AllowPrivate, p.GetRequiredService<WebhookTiming>(), p.GetRequiredService<TimeProvider>()))
        .AddSingleton(p => new WebhookDesk(
            p.GetRequiredService<HubDatabase>(), p.GetRequiredService<IPrincipals>(), p.GetRequiredService<IAuditTrail>(), p.GetRequiredService<WebhookEndpoints>(), p.GetRequiredService<WebhookStore>()))
        .AddSingleton(WebhookMeters.Waiting)
        .AddSingleton(WebhookMeters.Dead)
        .AddHostedService<WebhookCourier>();
}
