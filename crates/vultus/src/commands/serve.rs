//! `vultus serve`: answers requests until it is asked to stop.

use std::future::IntoFuture;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::net::TcpListener;
use vultus_api_admin::Admin;
use vultus_api_findface::FindFace;
use vultus_api_idv::Idv;
use vultus_api_kairos::Kairos;
use vultus_api_machinesense::MachineSense;
use vultus_api_perse::Perse;
use vultus_http::{AddressPolicy, AppConfig, Dialect, FetchLimits, Fetcher, Strangers};
use vultus_models::Manifest;
use vultus_service::{Action, Actor, Administration, DONE, OneTimePassword, Subject};

use crate::args::ServeArgs;
use crate::cameras::Watch;
use crate::config::{Config, DialectConfig, ServerConfig};
use crate::console::{self, Counting};
use crate::media_work::{self, MediaWork};
use crate::printer::Printer;
use crate::wiring::{self, Access, Wired};
use crate::{ExitStatus, commands, documents, engine, follow, lifecycle};

/// How often left-over photos of enrolments that never finished are looked for.
const SWEEP_EVERY: Duration = Duration::from_mins(10);
/// Upper edges of the histogram of durations, in seconds: from a gallery call to a crowded photo.
const DURATION_EDGES: [f64; 12] = [0.001, 0.003, 0.01, 0.03, 0.06, 0.1, 0.2, 0.4, 0.8, 1.6, 5.0, 15.0];

pub(crate) async fn run(args: &ServeArgs, config: &Config, printer: &Printer) -> anyhow::Result<ExitStatus> {
    let started = Instant::now();
    let server = config.server(args)?;
    let listener = TcpListener::bind(server.listen)
        .await
        .with_context(|| format!("cannot listen on {}", server.listen))?;
    if let Some(manifest) = engine::missing_manifest(config)? {
        if let Err(error) = manifest.check_licence(&config.accepted_licences) {
            printer.refusal(&error);
            return Ok(ExitStatus::Refused);
        }
        commands::models::install(&manifest, None, config)?;
    }
    let wired = wiring::wire(config).await?;
    if !wiring::claim(&wired, Access::Write, config, printer).await? {
        return Ok(ExitStatus::Refused);
    }
    let metrics = install_metrics()?;
    wired.feed.build(|_| {}).await?;
    wired.service.sweep_blobs().await?;
    let has_ffmpeg = media_work::has_ffmpeg(config).await;
    let administration = console::administration(&wired.service, &wired.pack, config, has_ffmpeg)?;
    if let Some(name) = &args.first_account {
        create_first_account(&administration, name, printer).await?;
    }
    if config.console.is_enabled
        && let Some(first) = console::create_first_operator(&administration).await?
    {
        show_first_operator(&first, &listener, printer)?;
    }
    let is_draining = Arc::new(AtomicBool::new(false));
    let console = Admin { administration, allow_http: config.console.allow_http };
    let console = config.console.is_enabled.then_some(console);
    let app = router(&wired, &server, console, metrics, Arc::clone(&is_draining))?;
    announce(&wired, config, &server, &listener, started, printer)?;
    let is_watching = config.cameras.is_enabled && !args.no_cameras;
    let networks = server.allow_fetch.clone();
    let watch = is_watching.then(|| Watch::start(&wired.service, &config.cameras, networks)).transpose()?;
    let is_analysing = config.media.is_enabled && !args.no_media;
    let media = is_analysing.then(|| MediaWork::start(&wired.service, config)).transpose()?;
    let sweeper = tokio::spawn(sweep_forever(Arc::clone(&wired.service)));
    let following = wired.database.is_shared().then(|| follow::start(&wired));
    let counting = Counting::start(Arc::clone(&wired.service));
    serve_until_stopped(listener, app, &is_draining, &server).await?;
    sweeper.abort();
    if let Some(media) = media {
        media.stop().await;
    }
    if let Some(watch) = watch {
        watch.stop().await;
    }
    counting.stop().await;
    if let Some(following) = following {
        let _ = following.stop().await;
    }
    wired.pool.shut_down();
    wired.close().await;
    tracing::info!("stopped");
    Ok(ExitStatus::Done)
}

fn install_metrics() -> anyhow::Result<PrometheusHandle> {
    let builder = PrometheusBuilder::new();
    let builder = builder.set_buckets_for_metric(Matcher::Suffix("seconds".to_owned()), &DURATION_EDGES)?;
    Ok(builder.install_recorder()?)
}

async fn create_first_account(
    administration: &Administration,
    name: &str,
    printer: &Printer,
) -> anyhow::Result<()> {
    let accounts = administration.service().accounts();
    if accounts.list().await?.is_empty() {
        let issued = accounts.create(name).await?;
        let subject = Subject::account(name);
        administration.audit().record(&Actor::cli(), Action::CreateAccount, &subject, DONE).await?;
        printer.line("First account. These credentials are shown once:\n");
        printer.line(&commands::accounts::credentials_text(&issued));
        printer.line("");
    }
    Ok(())
}

fn show_first_operator(
    first: &OneTimePassword,
    listener: &TcpListener,
    printer: &Printer,
) -> anyhow::Result<()> {
    printer.line(
        "First operator of the console. This password is shown once, and changed at the first sign-in:\n",
    );
    printer.line(&format!("console                http://{}/console", listener.local_addr()?));
    printer.line(&format!("operator               {}", first.operator.name));
    printer.line(&format!("one-time password      {}\n", first.password));
    Ok(())
}

fn router(
    wired: &Wired,
    server: &ServerConfig,
    console: Option<Admin>,
    metrics: PrometheusHandle,
    is_draining: Arc<AtomicBool>,
) -> anyhow::Result<Router> {
    let policy = AddressPolicy::new(server.allow_fetch.clone());
    let media_fetcher = Fetcher::new(policy.clone(), vultus_api_kairos::MEDIA_LIMITS)?;
    let fetcher = Fetcher::new(policy, FetchLimits::default())?;
    let kairos = Kairos { service: Arc::clone(&wired.service), fetcher: fetcher.clone(), media_fetcher };
    let findface = FindFace { service: Arc::clone(&wired.service), fetcher };
    let perse = Perse {
        service: Arc::clone(&wired.service),
        requires_consent: server.perse.requires_consent,
        most_photo_bytes: server.perse.most_photo_bytes,
    };
    let idv = Idv { service: Arc::clone(&wired.service) };
    let machinesense = MachineSense { service: Arc::clone(&wired.service), strangers: Strangers::default() };
    let mounted = |dialect: Dialect, mount: &DialectConfig| {
        let prefix = mount.prefix.clone();
        mount.is_enabled.then_some(Dialect { prefix, ..dialect })
    };
    let pages = console.is_some().then(vultus_console::console);
    // The console's API comes first, so that no dialect can be mounted over it. Of the others, the first is the one
    // whose are the requests that nothing tells.
    let dialects = [
        console.map(vultus_api_admin::dialect),
        mounted(vultus_api_kairos::dialect(kairos), &server.kairos),
        mounted(vultus_api_findface::dialect(findface), &server.findface),
        mounted(vultus_api_perse::dialect(perse), &server.perse.mount),
        mounted(vultus_api_idv::dialect(idv), &server.idv),
        mounted(vultus_api_machinesense::dialect(machinesense), &server.machinesense),
    ];
    let config = AppConfig {
        dialects: dialects.into_iter().flatten().collect(),
        service: Arc::clone(&wired.service),
        is_draining,
        render_metrics: Arc::new(move || metrics.render()),
    };
    let docs = vultus_console::docs(documents::of(server)?);
    let sites = pages.into_iter().chain([docs]).collect();
    Ok(vultus_http::app_with(config, sites))
}

fn announce(
    wired: &Wired,
    config: &Config,
    server: &ServerConfig,
    listener: &TcpListener,
    started: Instant,
    printer: &Printer,
) -> anyhow::Result<()> {
    let base = format!("http://{}", listener.local_addr()?);
    let pack = &wired.pack;
    tracing::info!(pack = pack.name, version = pack.version, threads = config.threads, "models loaded");
    if let Some(advice) = better_pack(&pack.name)? {
        tracing::info!("{advice}");
    }
    for (name, mount) in [
        ("Kairos", &server.kairos),
        ("FindFace", &server.findface),
        ("Perse", &server.perse.mount),
        ("Kairos IDV", &server.idv),
        ("MachineSense", &server.machinesense),
    ] {
        if mount.is_enabled {
            printer.line(&format!("{name:<14}{base}{}", mount.prefix));
        }
    }
    if config.console.is_enabled {
        printer.line(&format!("console       {base}/console"));
    }
    printer.line(&format!("health        {base}/healthz {base}/readyz"));
    printer.line(&format!("metrics       {base}/metrics"));
    printer.line(&format!("reference     {base}/docs"));
    tracing::info!(address = %listener.local_addr()?, start_ms = started.elapsed().as_millis() as u64, "ready");
    Ok(())
}

/// What the recommended pack would give instead of the default one, where both were measured alike.
fn better_pack(pack: &str) -> anyhow::Result<Option<String>> {
    const BETTER: &str = "recommended";
    if pack != "default" {
        return Ok(None);
    }
    let measured = |name| Ok::<_, anyhow::Error>(Manifest::named(name)?.and_then(|pack| pack.measured));
    let (Some(present), Some(better)) = (measured(pack)?, measured(BETTER)?) else { return Ok(None) };
    if present.set != better.set || present.fmr.to_bits() != better.fmr.to_bits() || better.tar <= present.tar
    {
        return Ok(None);
    }
    Ok(Some(format!(
        "the default pack's embedder reaches {:.1} % true matches at a false match rate of {:e} on {}, the pack \
         `{BETTER}` {:.1} %: `vultus models install {BETTER}`, then `--pack {BETTER}`",
        present.tar * 100.0,
        present.fmr,
        present.set,
        better.tar * 100.0
    )))
}

async fn sweep_forever(service: Arc<vultus_service::Service>) {
    loop {
        tokio::time::sleep(SWEEP_EVERY).await;
        if let Err(error) = service.sweep_blobs().await {
            tracing::warn!(%error, "left-over photos could not be removed");
        }
    }
}

/// Serves until a signal comes; then new connections are refused and requests in flight get their grace.
async fn serve_until_stopped(
    listener: TcpListener,
    app: Router,
    is_draining: &Arc<AtomicBool>,
    server: &ServerConfig,
) -> anyhow::Result<()> {
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut told = stopped.clone();
    // The console's audit log tells where its callers come from.
    let app = app.into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, app).with_graceful_shutdown(async move {
        let _ = told.wait_for(|is_stopped| *is_stopped).await;
    });
    let mut serving = tokio::spawn(serving.into_future());
    tokio::select! {
        ended = &mut serving => return Ok(ended??),
        signal = lifecycle::stop_requested() => signal?,
    }
    tracing::info!(grace_s = server.shutdown_grace_s, "stopping");
    is_draining.store(true, Ordering::Relaxed);
    // Whoever balances sees that this server is no longer ready, while it still answers.
    tokio::time::sleep(Duration::from_secs(server.drain_s)).await;
    let _ = stop.send(true);
    let grace = Duration::from_secs(server.shutdown_grace_s);
    if let Ok(ended) = tokio::time::timeout(grace, &mut serving).await {
        return Ok(ended??);
    }
    tracing::warn!("requests in flight were cut off");
    serving.abort();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn default_pack_is_told_what_the_better_one_gives() {
        let advice = better_pack("default").unwrap().unwrap();
        let recommended = Manifest::named("recommended").unwrap().unwrap().measured.unwrap();
        let figure = format!("`recommended` {:.1} %", recommended.tar * 100.0);
        assert!(advice.contains(&figure) && advice.contains("false match rate of 1e-4 on LFW"), "{advice}");
        assert_eq!(better_pack("recommended").unwrap(), None);
    }
}
