namespace ControlChat.Core.Settings;

/// <summary>What an endpoint of <c>Webhooks:Endpoints</c> must have. Which events there are, the room of the webhooks says; which addresses may be reached, each connection.</summary>
internal static class WebhookRules
{
    public static IEnumerable<string> Faults(WebhooksSection section, HubSecrets secrets)
    {
        for (var i = 0; i < section.Endpoints.Count; i++)
        {
            var (hook, at) = (section.Endpoints[i], $"Webhooks:Endpoints:{i}");
            if (hook.Name.Length == 0 || hook.Url is null) yield return $"{at} needs a Name and a Url.";
            if (section.Endpoints.Take(i).Any(earlier => earlier.Name == hook.Name)) yield return $"{at}:Name '{hook.Name}' is there twice; give each endpoint a name of its own.";
            if (hook.Url is { } url && UrlFault(new Uri(url), section.AllowPrivate) is { } fault) yield return $"{at}:Url {fault}";
            if (secrets.Find($"{at}:Secret") is null) yield return $"{at}:Secret is not set; set the environment variable Webhooks__Endpoints__{i}__Secret, such as from: openssl rand -base64 32.";
        }
    }

    private static string? UrlFault(Uri url, bool allowPrivate)
    {
        if (url.Scheme != "https" && !(url.IsLoopback && allowPrivate)) return "is plain http; use https (http is for this machine only, with Webhooks:AllowPrivate true).";
        return url.IsLoopback && !allowPrivate ? "names this machine; use an address of the open internet, or set Webhooks:AllowPrivate to true." : null;
    }
}
