using ControlChat.Core.Hub;
using ControlChat.Core.Settings;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;

namespace ControlChat.App.Start;

internal static class KeyStorage
{
    /// <summary>The framework's keys: in the database where there may be several processes, else files of the data directory.</summary>
    public static void AddKeyStorage(this IServiceCollection services, LoadedSettings settings)
    {
        var protection = services.AddDataProtection().SetApplicationName("ControlChat");
        if (settings.Place.ConnectionString is null) protection.PersistKeysToFileSystem(new DirectoryInfo(Path.Combine(settings.Paths.DataDirectory, "keys")));
        else
        {
            services.AddOptions<KeyManagementOptions>().Configure<HubKeyring>((options, ring) => options.XmlRepository = new SharedKeyRing(ring.Shared!));
            // It warns that keys are kept unencrypted, not knowing that they are sealed on the way.
            services.AddLogging(l => l.AddFilter("Microsoft.AspNetCore.DataProtection.KeyManagement.XmlKeyManager", LogLevel.Error));
        }
    }
}
